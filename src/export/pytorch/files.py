def read_safetensors(path):
    """The tensors of a safetensors file, and the texts that it carries beside them."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        numbers = bytearray(file.read())
    texts = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, expected F32")
        start, end = entry["data_offsets"]
        tensor = torch.frombuffer(numbers, dtype=torch.float32, count=(end - start) // 4, offset=start)
        tensors[name] = tensor.reshape(entry["shape"]).clone()
    return tensors, texts


def load(folder=Path(__file__).parent):
    """The network with the weights in model.safetensors in a folder, in evaluation mode."""
    tensors, texts = read_safetensors(Path(folder) / "model.safetensors")
    network = Network()
    missing, unread = network.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    if missing:
        raise ValueError(f"{folder}: model.safetensors has no {', '.join(missing)}: it is of another network")
    # For save: what makes it a checkpoint of pathscope, and layers that no readout sees.
    network.texts, network.unread = texts, {name: tensors[name] for name in unread}
    return network.eval()


def save(network, path):
    """Writes the weights of a network that was loaded so that pathscope reads them: after fine-tuning, say."""
    header, numbers = {"__metadata__": network.texts}, b""
    for name, tensor in {**network.state_dict(), **network.unread}.items():
        if not name.endswith(".num_batches_tracked"):
            data = tensor.detach().to("cpu", torch.float32).contiguous().numpy().tobytes()
            offsets = [len(numbers), len(numbers) + len(data)]
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
            numbers += data
    text = json.dumps(header).encode()
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + numbers)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: python model.py IMAGES.npy PREDICTIONS.npy")
    import numpy as np

    images = np.load(sys.argv[1])
    # The numbers 0 to 255 of uint8 images stand for 0 to 1.
    images = torch.from_numpy(images.astype(np.float32)) / (255 if images.dtype == np.uint8 else 1)
    if images.dim() == 3:
        images = images.unsqueeze(1)
    network = load()
    with torch.no_grad():
        predictions = torch.cat([network(batch) for batch in images.split(256)])
    np.save(sys.argv[2], predictions.numpy())


if __name__ == "__main__":
    main()
