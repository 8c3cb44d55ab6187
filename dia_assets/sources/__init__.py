"""How bytes are found and fetched, one module per kind of source. What the bytes say is `landing`'s business."""
