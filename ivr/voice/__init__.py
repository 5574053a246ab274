"""The provider's webhooks: verified requests in, TwiML out."""
