"""People in pictures whose joints are known: what conversions are evaluated on."""
