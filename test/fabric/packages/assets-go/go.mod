module example.org/assets-go

go 1.20

require (
	github.com/hyperledger/fabric-chaincode-go v0.0.0-20220713164125-8f0791c989d7
	github.com/hyperledger/fabric-protos-go v0.3.0
)
