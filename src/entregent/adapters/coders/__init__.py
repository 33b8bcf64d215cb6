"""Coders of customers' words: trained heads with an encoder, or a language model."""
