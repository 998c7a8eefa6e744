// Package main is a contract of assets that two companies hand over.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
)

type asset struct {
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Value int    `json:"value"`
}

// Assets has a function for each method.
type Assets struct {
	contractapi.Contract
}

// Create writes an asset that is not there yet.
func (a *Assets) Create(ctx contractapi.TransactionContextInterface, id, owner string, value int) error {
	known, err := ctx.GetStub().GetState(id)
	if err != nil {
		return err
	}
	if known != nil {
		return fmt.Errorf("there is an asset %s already", id)
	}
	return put(ctx, asset{ID: id, Owner: owner, Value: value})
}

// Read returns an asset as JSON.
func (a *Assets) Read(ctx contractapi.TransactionContextInterface, id string) (string, error) {
	text, err := ctx.GetStub().GetState(id)
	if err == nil && text == nil {
		err = fmt.Errorf("there is no asset %s", id)
	}
	return string(text), err
}

// Transfer hands an asset over, and returns who had it.
func (a *Assets) Transfer(ctx contractapi.TransactionContextInterface, id, owner string) (string, error) {
	text, err := a.Read(ctx, id)
	if err != nil {
		return "", err
	}
	var known asset
	if err := json.Unmarshal([]byte(text), &known); err != nil {
		return "", err
	}
	before := known.Owner
	known.Owner = owner
	return before, put(ctx, known)
}

func put(ctx contractapi.TransactionContextInterface, made asset) error {
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return ctx.GetStub().PutState(made.ID, text)
}

func serve() error {
	contract, err := contractapi.NewChaincode(&Assets{})
	if err != nil {
		return err
	}
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       contract,
		TLSProps: shim.TLSProperties{Disabled: true},
	}
	return server.Start()
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
