"""Keeping the translations of the addons in step with their texts."""
