package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type Config struct {
	PublicKey string `json:"public_key"`

	once sync.Once
	key  *rsa.PublicKey
	bad  error
}

func New() interface{} { return &Config{} }

func (conf *Config) Access(kong *pdk.PDK) {
	authorization, err := kong.Request.GetHeader("authorization")
	if err != nil {
		kong.Response.ExitStatus(500)
		return
	}
	conf.once.Do(func() { conf.key, conf.bad = readKey(conf.PublicKey) })
	if conf.bad != nil {
		kong.Response.ExitStatus(500)
		return
	}
	subject, err := verify(strings.TrimPrefix(authorization, "Bearer "), conf.key)
	if err != nil {
		kong.Response.ExitStatus(401)
		return
	}
	kong.ServiceRequest.SetHeader("x-bench-subject", subject)
}

func readKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, isRSA := key.(*rsa.PublicKey)
	if !isRSA {
		return nil, errors.New("no RSA key")
	}
	return public, nil
}

// The subject of a token that is signed with RS256.
func verify(token string, key *rsa.PublicKey) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("no token")
	}
	var head struct{ Alg string }
	if err := readPart(parts[0], &head); err != nil || head.Alg != "RS256" {
		return "", errors.New("another algorithm")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(token[:len(parts[0])+1+len(parts[1])]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, hash[:], signature); err != nil {
		return "", err
	}
	var claims struct{ Sub string }
	err = readPart(parts[1], &claims)
	return claims.Sub, err
}

func readPart(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func main() { server.StartServer(New, "1.0.0", 1) }
