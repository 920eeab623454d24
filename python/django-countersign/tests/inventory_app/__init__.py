"""A URLconf with every way to write an endpoint that the inventory claims to know."""
