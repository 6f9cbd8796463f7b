"""The local cloud: moto keeps the resources, these modules make them act."""
