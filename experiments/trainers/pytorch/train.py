"""A small convolutional network in plain PyTorch, trained one epoch at a time. Replace `Net` with your own."""
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

trainer = Trainer()
device = "cuda" if torch.cuda.is_available() else "cpu"


class Net(nn.Sequential):
    def __init__(self, labels: int):
        layers, inputs = [], 3
        for width in (16, 32, 64, 128):
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
            inputs = width
        super().__init__(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(inputs, labels))


def picture(path: str, size: int) -> torch.Tensor:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((size, size)), dtype=np.float32) / 255 - 0.5
    return torch.from_numpy(pixels).permute(2, 0, 1)


def batches(examples, labels, size: int, batch_size: int, order):
    for start in range(0, len(order), batch_size):
        some = [examples[i] for i in order[start : start + batch_size]]
        x = torch.stack([picture(example.path, size) for example in some])
        yield x.to(device), torch.tensor([labels.index(example.label) for example in some], device=device)


def measure(model, examples, labels, size: int):
    model.eval()
    loss = right = 0.0
    with torch.inference_mode():
        for x, y in batches(examples, labels, size, 64, range(len(examples))):
            z = model(x)
            loss += nn.functional.cross_entropy(z, y, reduction="sum").item()
            right += (z.argmax(1) == y).sum().item()
    return loss / len(examples), right / len(examples)


@trainer.epoch
def train(request: EpochRequest):
    parameters = request.hyperparameters
    torch.manual_seed(request.seed)
    model = Net(len(request.labels)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=parameters["learning_rate"])
    if request.checkpoint_in:
        state = torch.load(request.checkpoint_in / "state.pt", weights_only=True, map_location=device)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    order = torch.randperm(len(request.train), generator=torch.Generator().manual_seed(request.seed * 1000 + request.epoch))
    model.train()
    total = right = seen = 0.0
    for x, y in batches(request.train, request.labels, parameters["image_size"], parameters["batch_size"], order.tolist()):
        if len(y) == 1:
            continue  # batch normalization needs two images
        z = model(x)
        loss = nn.functional.cross_entropy(z, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, seen, right = total + loss.item() * len(y), seen + len(y), right + (z.argmax(1) == y).sum().item()
        request.progress(seen / len(request.train), f"image {int(seen)} of {len(request.train)}")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, request.checkpoint_out / "state.pt")
    metrics = {"learning_rate": parameters["learning_rate"], "train_loss": total / seen, "train_accuracy": right / seen}
    if request.validation:
        metrics["validation_loss"], metrics["validation_accuracy"] = measure(
            model, request.validation, request.labels, parameters["image_size"])
    return metrics


@trainer.predict
def predict(request: PredictRequest):
    model = Net(len(request.labels))
    state = torch.load(request.checkpoint_in / "state.pt", weights_only=True, map_location="cpu")
    model.load_state_dict(state["model"])
    model.to(device).eval()

    def shares(path: str):
        with torch.inference_mode():
            return model(picture(path, request.hyperparameters["image_size"])[None].to(device)).softmax(1)[0].tolist()

    for path in request.images[: request.warmup or 0]:
        shares(path)
    for path in request.images:
        start = time.perf_counter()
        p = shares(path)
        milliseconds = (time.perf_counter() - start) * 1000
        yield Answer(path, request.labels[p.index(max(p))], milliseconds, dict(zip(request.labels, p)))


if __name__ == "__main__":
    trainer.main()
