"""Each runner evaluates one kind of artifact: NCHW float32 pictures in, named arrays out."""
