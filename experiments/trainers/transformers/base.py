"""Makes a tiny vision-language model: built from configurations, then trained on pictures that it draws itself.

    base.py FOLDER

It stands in for a model of a hub, so that the experiment runs offline. It has seen other pictures of the same labels, so it
answers above chance without having been tuned.
"""
import math
import random
import sys

import numpy as np
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.clip import CLIPImageProcessorPil

LABELS = ["circle", "cross", "ring", "square", "star", "triangle"]
PROMPT = "Classify the following input image into one of the following categories: [circle, cross, ring, square, star, triangle]."
SIDE, PATCH, WIDTH = 32, 4, 64
SEEING, SPEAKING, BATCH = 500, 150, 48


def processor_and_model(sentences, patch=PATCH, width=WIDTH, vocabulary=400, positions=512, vision_layer=-1):
    """An untrained model and its processor, from configurations alone. Its vocabulary is learned from the sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        sentences,
        trainers.BpeTrainer(
            vocab_size=vocabulary, special_tokens=["<pad>", "<s>", "</s>", "<image>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    words = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        extra_special_tokens={"image_token": "<image>"})
    template = (
        "{% for message in messages %}{{ message.role }}: {% for part in message.content %}"
        "{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}\n{% endfor %}assistant:")
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}),
        tokenizer=words, patch_size=patch, vision_feature_select_strategy="default", chat_template=template,
        image_token="<image>", num_additional_image_tokens=1)
    layers = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = LlavaForConditionalGeneration(LlavaConfig(
        vision_config=CLIPVisionConfig(image_size=SIDE, patch_size=patch, projection_dim=width, **layers),
        text_config=LlamaConfig(
            vocab_size=len(words), num_key_value_heads=4, max_position_embeddings=positions, bos_token_id=1, eos_token_id=2,
            pad_token_id=0, **layers),
        image_token_index=words.convert_tokens_to_ids("<image>"), vision_feature_layer=vision_layer))
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=0, max_new_tokens=8)
    return processor, model


def draw(label: str, chance: random.Random) -> Image.Image:
    """A shape in one colour on another, with its own place, size and turn."""
    def colour():
        return tuple(chance.randrange(256) for _ in range(3))

    ground = colour()
    ink = colour()
    while sum(abs(a - b) for a, b in zip(ground, ink)) < 200:
        ink = colour()
    big = 128
    image = Image.new("RGB", (big, big), ground)
    pen = ImageDraw.Draw(image)
    x, y, r = chance.uniform(50, 78), chance.uniform(50, 78), chance.uniform(28, 48)
    turn = chance.uniform(-0.5, 0.5)

    def corners(count, radii=(1.0,), start=-math.pi / 2):
        return [
            (x + r * radii[i % len(radii)] * math.cos(start + turn + 2 * math.pi * i / count),
             y + r * radii[i % len(radii)] * math.sin(start + turn + 2 * math.pi * i / count)) for i in range(count)]

    if label in ("circle", "ring"):
        pen.ellipse([x - r, y - r, x + r, y + r], fill=ink)
        if label == "ring":
            inner = r * chance.uniform(0.5, 0.65)
            pen.ellipse([x - inner, y - inner, x + inner, y + inner], fill=ground)
    elif label == "square":
        pen.polygon(corners(4, start=-math.pi / 4), fill=ink)
    elif label == "triangle":
        pen.polygon(corners(3), fill=ink)
    elif label == "star":
        pen.polygon(corners(10, (1.0, 0.42)), fill=ink)
    else:
        for angle in (turn, turn + math.pi / 2):
            dx, dy = r * math.cos(angle), r * math.sin(angle)
            pen.line([x - dx, y - dy, x + dx, y + dy], fill=ink, width=int(r * 0.55))
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.BILINEAR), dtype=np.float32)
    noise = np.random.default_rng(chance.randrange(1 << 30)).normal(0, 8, pixels.shape)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


def batch(processor, chance: random.Random):
    indices = [chance.randrange(len(LABELS)) for _ in range(BATCH)]
    images = [draw(LABELS[index], chance) for index in indices]
    return processor.image_processor(images=images, return_tensors="pt")["pixel_values"], indices


def step(optimizer, loss: torch.Tensor, parameters, name: str, number: int, of: int, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * min(1, (number + 1) / 50)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    if number % 50 == 49:
        print(f"{name}: step {number + 1} of {of}, loss {loss.item():.3f}", flush=True)


def main(folder: str) -> None:
    torch.manual_seed(7)
    torch.set_num_threads(1)
    chance = random.Random(7)
    processor, model = processor_and_model([PROMPT + " " + " ".join(LABELS)] * 3)
    model.train()

    # First the vision tower, with a linear classifier that is thrown away: from scratch, words alone teach it too slowly.
    tower = model.model.vision_tower
    head = torch.nn.Linear(WIDTH, len(LABELS))
    parameters = [*tower.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    for number in range(SEEING):
        pixels, indices = batch(processor, chance)
        logits = head(tower(pixel_values=pixels).last_hidden_state[:, 1:].mean(1))
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(indices))
        step(optimizer, loss, parameters, "seeing", number, SEEING, 1e-3)

    # Then everything, on the words. The question is always the same, so it is turned into tokens once.
    messages = [
        {"role": "system", "content": [{"type": "text", "text": PROMPT}]},
        {"role": "user", "content": [{"type": "image"}]},
    ]
    text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    question = processor(text=[text], images=[draw("circle", chance)], return_tensors="pt")["input_ids"][0]
    answers = [processor.tokenizer(" " + label)["input_ids"] + [processor.tokenizer.eos_token_id] for label in LABELS]
    longest = max(map(len, answers))
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    for number in range(SPEAKING):
        pixels, indices = batch(processor, chance)
        tails = torch.tensor([answers[index] + [0] * (longest - len(answers[index])) for index in indices])
        ids = torch.cat([question.expand(BATCH, -1), tails], 1)
        targets = ids.masked_fill(ids == 0, -100)
        targets[:, : len(question)] = -100
        loss = model(input_ids=ids, attention_mask=(ids != 0).long(), pixel_values=pixels, labels=targets).loss
        step(optimizer, loss, parameters, "speaking", number, SPEAKING, 1e-3)
    model.eval()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1])
