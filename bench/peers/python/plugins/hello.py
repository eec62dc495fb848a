class Plugin:
    def __init__(self, config):
        self.config = config

    def access(self, kong):
        host = kong.request.get_header("host")
        kong.response.set_header("x-bench-hello", f"hello {host}")


version = "1.0.0"
priority = 1
