"""Finding steps as they happen, from the phone's acceleration alone; numpy and onnxruntime only."""
