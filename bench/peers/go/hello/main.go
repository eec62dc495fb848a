package main

import (
	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type Config struct{}

func New() interface{} { return &Config{} }

func (conf *Config) Access(kong *pdk.PDK) {
	host, err := kong.Request.GetHeader("host")
	if err != nil {
		kong.Response.ExitStatus(500)
		return
	}
	kong.Response.SetHeader("x-bench-hello", "hello "+host)
}

func main() { server.StartServer(New, "1.0.0", 1) }
