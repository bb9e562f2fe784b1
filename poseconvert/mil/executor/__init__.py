"""The reference executor: a program compiled to steps, run op by op in four precisions."""
