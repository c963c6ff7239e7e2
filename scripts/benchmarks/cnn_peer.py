"""PyTorch's side of scripts/bench-cnn, in a separate process: one request per line, one reply per line.

The recipe is written in the usual style of PyTorch scripts.
"""

import argparse
import json
import os
import sys
import time

import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.models import mobilenet_v3_small


class Pictures(Dataset):
    def __init__(self, pictures, transform):
        self.pictures, self.transform = pictures, transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        path, label = self.pictures[index]
        return self.transform(Image.open(path).convert("RGB")), label


class Peer:
    def __init__(self, options):
        self.options, size = options, options.size
        normalize = transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)
        self.augment = transforms.Compose([
            transforms.RandomResizedCrop(size, scale=(0.8, 1.0)), transforms.RandomHorizontalFlip(),
            transforms.ColorJitter(0.2, 0.2, 0.2, 0.1), transforms.ToTensor(), normalize])
        self.evaluate = transforms.Compose([
            transforms.Resize(size * 256 // 224), transforms.CenterCrop(size), transforms.ToTensor(), normalize])

    def published(self):
        """EfficientNet-Lite0 with its weights for ImageNet."""
        model = EfficientNet.from_name("efficientnet-lite0", image_size=None)
        model.load_state_dict(load_file(self.options.weights))
        return model

    def network(self, classes):
        if self.options.architecture == "efficientnet_lite0":
            model = self.published()
            model._fc = torch.nn.Linear(1280, classes)
        else:
            model = mobilenet_v3_small(num_classes=classes)
        return model.to(memory_format=torch.channels_last)

    def logits(self, picture, folder):
        """Of a picture and its mirror image by published weights, or by new ones with statistics of that picture."""
        image = self.evaluate(Image.open(picture).convert("RGB"))
        batch = torch.stack([image, image.flip(2)])
        torch.manual_seed(1)
        if self.options.architecture == "efficientnet_lite0":
            model = self.published()
        else:
            model = mobilenet_v3_small(num_classes=1000)
            with torch.no_grad():
                for _ in range(100):
                    model.train()(batch)
                # As large as those of trained weights.
                model.classifier[3].weight *= 10 / model.eval()(batch).abs().max()
        state = model.state_dict().items()
        weights = {name: value.contiguous() for name, value in state if value.dtype == torch.float32}
        save_file(weights, f"{folder}/weights.safetensors")
        save_file({"input": batch.contiguous()}, f"{folder}/input.safetensors")
        with torch.no_grad():
            return {"logits": model.eval()(batch).flatten().tolist()}

    def train(self, labels, train, test, seed, epochs):
        """Milliseconds an image, on the wall and of all processes' CPU; each epoch's mean loss, and share of right
        answers of the test pictures where there are any."""
        torch.manual_seed(seed)
        model = self.network(labels)
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
        loader = DataLoader(Pictures(train, self.augment), batch_size=self.options.batch, shuffle=True, num_workers=2)
        answer = {"losses": [], "accuracies": [], "milliseconds": 0, "cpu": 0}
        for _ in range(epochs):
            wall, cpu, total = time.monotonic(), sum(os.times()[:4]), 0
            model.train()
            for batch, targets in loader:
                batch = batch.to(memory_format=torch.channels_last)
                loss = torch.nn.functional.cross_entropy(model(batch), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(targets)
            schedule.step()
            images = len(train) * epochs / 1000
            answer["milliseconds"] += (time.monotonic() - wall) / images
            answer["cpu"] += (sum(os.times()[:4]) - cpu) / images
            answer["losses"].append(total / len(train))
            if test:
                answer["accuracies"].append(self.accuracy(model, test))
        return answer

    def accuracy(self, model, test):
        model.eval()
        correct = 0
        with torch.no_grad():
            for batch, targets in DataLoader(Pictures(test, self.evaluate), batch_size=32):
                correct += (model(batch).argmax(1) == targets).sum().item()
        return correct / len(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--weights", required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    peer = Peer(options)
    for line in sys.stdin:
        request = json.loads(line)
        answer = peer.logits(**request["logits"]) if "logits" in request else peer.train(**request["train"])
        print(json.dumps(answer), flush=True)


main()
