package main

import (
	"log"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type Config struct{}

func New() interface{} { return &Config{} }

func (conf *Config) Log(kong *pdk.PDK) {
	record, err := kong.Log.Serialize()
	if err != nil || len(record) == 0 {
		log.Print("there is no record")
	}
}

func main() { server.StartServer(New, "1.0.0", 1) }
