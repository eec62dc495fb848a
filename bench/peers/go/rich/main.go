package main

import (
	"strconv"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type Config struct{}

func New() interface{} { return &Config{} }

func (conf *Config) Access(kong *pdk.PDK) {
	headers, err := kong.Request.GetHeaders(-1)
	if err != nil {
		kong.Response.ExitStatus(500)
		return
	}
	query, err := kong.Request.GetQuery(-1)
	if err != nil {
		kong.Response.ExitStatus(500)
		return
	}
	body, err := kong.Request.GetRawBody()
	if err != nil {
		kong.Response.ExitStatus(500)
		return
	}
	agent, id, length := first(headers["user-agent"]), first(query["id"]), strconv.Itoa(len(body))
	kong.Response.SetHeader("x-bench-agent", agent)
	kong.Response.SetHeader("x-bench-id", id)
	kong.Response.SetHeader("x-bench-length", length)
	kong.ServiceRequest.SetHeader("x-bench-agent", agent)
	kong.ServiceRequest.SetHeader("x-bench-id", id)
	kong.ServiceRequest.SetHeader("x-bench-length", length)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func main() { server.StartServer(New, "1.0.0", 1) }
