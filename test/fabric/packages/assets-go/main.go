// Package main is a contract of assets that two companies hand over.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/shim"
	"github.com/hyperledger/fabric-protos-go/peer"
)

type asset struct {
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Value string `json:"value"`
}

type assets struct{}

func (assets) Init(shim.ChaincodeStubInterface) peer.Response {
	return shim.Success(nil)
}

func (assets) Invoke(stub shim.ChaincodeStubInterface) peer.Response {
	name, args := stub.GetFunctionAndParameters()
	var answer []byte
	err := fmt.Errorf("there is no function %s with %d arguments", name, len(args))
	switch {
	case name == "create" && len(args) == 3:
		err = create(stub, asset{ID: args[0], Owner: args[1], Value: args[2]})
	case name == "read" && len(args) == 1:
		answer, err = read(stub, args[0])
	case name == "transfer" && len(args) == 2:
		answer, err = transfer(stub, args[0], args[1])
	}
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(answer)
}

func create(stub shim.ChaincodeStubInterface, made asset) error {
	known, err := stub.GetState(made.ID)
	if err != nil {
		return err
	}
	if known != nil {
		return fmt.Errorf("there is an asset %s already", made.ID)
	}
	return put(stub, made)
}

func read(stub shim.ChaincodeStubInterface, id string) ([]byte, error) {
	text, err := stub.GetState(id)
	if err == nil && text == nil {
		err = fmt.Errorf("there is no asset %s", id)
	}
	return text, err
}

func transfer(stub shim.ChaincodeStubInterface, id, owner string) ([]byte, error) {
	text, err := read(stub, id)
	if err != nil {
		return nil, err
	}
	var known asset
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, err
	}
	before := known.Owner
	known.Owner = owner
	return []byte(before), put(stub, known)
}

func put(stub shim.ChaincodeStubInterface, made asset) error {
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return stub.PutState(made.ID, text)
}

func main() {
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       assets{},
		TLSProps: shim.TLSProperties{Disabled: true},
	}
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
