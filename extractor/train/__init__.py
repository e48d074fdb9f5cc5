"""Base encoder, data sets, training and evaluation."""
