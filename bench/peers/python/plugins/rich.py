class Plugin:
    def __init__(self, config):
        self.config = config

    def access(self, kong):
        headers = kong.request.get_headers()
        query = kong.request.get_query()
        body = kong.request.get_raw_body()
        agent, id, length = headers["user-agent"][0], query["id"][0], str(len(body))
        kong.response.set_header("x-bench-agent", agent)
        kong.response.set_header("x-bench-id", id)
        kong.response.set_header("x-bench-length", length)
        kong.service.request.set_header("x-bench-agent", agent)
        kong.service.request.set_header("x-bench-id", id)
        kong.service.request.set_header("x-bench-length", length)


version = "1.0.0"
priority = 1
