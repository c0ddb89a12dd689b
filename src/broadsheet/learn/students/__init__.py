"""What can be trained; each module registers its kind."""
