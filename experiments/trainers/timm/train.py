"""Any image model of timm, fine-tuned: `hyperparameters.model` names it, `weights` is a safetensors file or null."""
import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(Path(__file__).parent))
from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

trainer = Trainer()
device = "cuda" if torch.cuda.is_available() else "cpu"


def build(parameters: dict, labels: list) -> torch.nn.Module:
    return timm.create_model(parameters["model"], pretrained=parameters.get("pretrained", False), num_classes=len(labels))


def transforms(parameters: dict, model: torch.nn.Module):
    size = parameters["image_size"]
    data = timm.data.resolve_model_data_config(model)
    data["input_size"] = (3, size, size)
    if parameters.get("mean"):
        data["mean"], data["std"] = parameters["mean"], parameters["std"]
    training = timm.data.create_transform(
        **data, is_training=True, scale=(0.8, 1.0), color_jitter=0.2, auto_augment=None, re_prob=0.0)
    return training, timm.data.create_transform(**{**data, "crop_pct": 0.875}, is_training=False)


class Images(Dataset):
    def __init__(self, examples, labels, transform):
        self.examples, self.labels, self.transform = examples, {name: i for i, name in enumerate(labels)}, transform

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, index):
        example = self.examples[index]
        with Image.open(example.path) as image:
            return self.transform(image.convert("RGB")), self.labels[example.label]


def initial(parameters: dict, model: torch.nn.Module) -> None:
    """Loads weights in the names of efficientnet-lite-pytorch or of timm; the classifier stays new."""
    path = parameters.get("weights")
    if not path:
        return
    state = load_file(os.path.expandvars(path))
    if "_conv_stem.weight" in state:
        # timm's blocks come in the same order, so tensors are matched one by one by their shapes.
        names = [n for n in model.state_dict() if not n.startswith("classifier.")]
        ours = [n for n in state if not n.startswith("_fc.")]
        order = {n: i for i, n in enumerate(original_order(ours))}
        ours.sort(key=order.__getitem__)
        if [model.state_dict()[n].shape for n in names] != [state[n].shape for n in ours]:
            raise ValueError("the weights do not fit the model")
        state = {n: state[o] for n, o in zip(names, ours)}
    else:
        state = {n: v for n, v in state.items() if not n.startswith("classifier.")}
    missing = model.load_state_dict(state, strict=False).missing_keys
    unexpected = [n for n in missing if not n.startswith("classifier.")]
    if unexpected:
        raise ValueError(f"the weights lack {unexpected[:3]}")


def original_order(names):
    """Stem, blocks in order with expand, depthwise and project parts, head: the order of timm's state."""
    parts = ["_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2"]
    fields = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]

    def key(name):
        pieces = name.split(".")
        field = fields.index(pieces[-1])
        if pieces[0] == "_conv_stem":
            return (0, 0, 0, field)
        if pieces[0] == "_bn0":
            return (0, 0, 1, field)
        if pieces[0] == "_blocks":
            block = int(pieces[1])
            return (1, block, parts.index(pieces[2]), field)
        return (2, 0, 0 if pieces[0] == "_conv_head" else 1, field)

    return sorted(names, key=key)


def measure(model, examples, labels, transform, size):
    model.eval()
    loss = correct = 0.0
    with torch.inference_mode():
        for x, y in DataLoader(Images(examples, labels, transform), batch_size=size):
            z = model(x.to(device))
            loss += torch.nn.functional.cross_entropy(z, y.to(device), reduction="sum").item()
            correct += (z.argmax(1).cpu() == y).sum().item()
    return loss / len(examples), correct / len(examples)


@trainer.epoch
def train(request: EpochRequest):
    parameters = request.hyperparameters
    seed = request.seed * 1000 + request.epoch
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
    model = build(parameters, request.labels)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=parameters["learning_rate"], weight_decay=parameters.get("weight_decay", 0.0))
    if request.checkpoint_in:
        state = torch.load(request.checkpoint_in / "state.pt", weights_only=True)
        model.load_state_dict(state["model"])
    else:
        initial(parameters, model)
    model.to(device)
    if request.checkpoint_in:
        optimizer.load_state_dict(state["optimizer"])
    training, evaluation = transforms(parameters, model)
    loader = DataLoader(
        Images(request.train, request.labels, training), batch_size=parameters["batch_size"], shuffle=True,
        generator=torch.Generator().manual_seed(seed))
    model.train()
    total = seen = right = 0.0
    for step, (x, y) in enumerate(loader):
        x, y = x.to(device), y.to(device)
        z = model(x)
        loss = torch.nn.functional.cross_entropy(z, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, seen, right = total + loss.item() * len(y), seen + len(y), right + (z.argmax(1) == y).sum().item()
        request.progress(step / len(loader), f"batch {step + 1} of {len(loader)}, loss {loss.item():.3f}")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, request.checkpoint_out / "state.pt")
    metrics = {"learning_rate": parameters["learning_rate"], "train_loss": total / seen, "train_accuracy": right / seen}
    if request.validation:
        metrics["validation_loss"], metrics["validation_accuracy"] = measure(
            model, request.validation, request.labels, evaluation, parameters["batch_size"])
    return metrics


@trainer.predict
def predict(request: PredictRequest):
    model = build({**request.hyperparameters, "pretrained": False}, request.labels)
    model.load_state_dict(torch.load(request.checkpoint_in / "state.pt", weights_only=True)["model"])
    model.to(device).eval()
    _, evaluation = transforms(request.hyperparameters, model)

    def shares(path: str):
        with Image.open(path) as image, torch.inference_mode():
            return model(evaluation(image.convert("RGB"))[None].to(device)).softmax(1)[0].tolist()

    for path in request.images[: request.warmup or 0]:
        shares(path)
    for index, path in enumerate(request.images):
        start = time.perf_counter()
        p = shares(path)
        milliseconds = (time.perf_counter() - start) * 1000
        yield Answer(path, request.labels[p.index(max(p))], milliseconds, dict(zip(request.labels, p)))
        if index % 20 == 0:
            request.progress(index / len(request.images), f"image {index} of {len(request.images)}")


if __name__ == "__main__":
    trainer.main()
