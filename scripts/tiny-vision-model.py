"""Writes a tiny vision-language model with random weights to a folder: the untrained model of experiments/trainers/transformers.

    tiny-vision-model.py FOLDER
"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments/trainers/transformers"))
from base import processor_and_model

torch.manual_seed(7)
processor, model = processor_and_model(
    ["Classify the input image into one of the following categories: circle, square, triangle."],
    patch=8, width=32, vocabulary=320, positions=2048, vision_layer=-2)
model.save_pretrained(sys.argv[1])
processor.save_pretrained(sys.argv[1])
