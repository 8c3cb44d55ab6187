"""The identity vault: the only place where a person's identifiers meet the random `person_key`."""
