class Plugin:
    def __init__(self, config):
        self.config = config

    def access(self, kong):
        body = kong.request.get_raw_body()
        kong.service.request.set_raw_body(body)


version = "1.0.0"
priority = 1
