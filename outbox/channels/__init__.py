"""How a message leaves: one module per channel, and the registry that names them."""
