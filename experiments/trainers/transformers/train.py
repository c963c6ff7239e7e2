"""A vision-language model of transformers as a classifier, zero-shot or tuned with LoRA (peft).

`hyperparameters.model` is a folder or a name on the hub. Without `lora` nothing is trained: the model answers as it is. The
training examples are those that a hosted model is tuned on: the same instruction, the same images, the label as the answer.
"""
import json
import random
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

sys.path.insert(0, str(Path(__file__).parent))
from assay_trainer import Answer, EpochRequest, PredictRequest, Trainer

trainer = Trainer()
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_num_threads(1 if device == "cpu" else torch.get_num_threads())
loaded: dict = {}


def base(name: str):
    """Processor and model, loaded once by a long-lived process."""
    if name not in loaded:
        model = AutoModelForImageTextToText.from_pretrained(name, dtype=torch.float32)
        loaded[name] = AutoProcessor.from_pretrained(name), model.to(device).eval()
    return loaded[name]


class Classifier:
    """The model, with adapters if there are any, and its way of reading a label."""

    def __init__(self, parameters: dict, labels: list, adapter: Path | None = None):
        self.labels = labels
        self.processor, self.model = base(parameters["model"])
        self.is_tuned = bool(parameters.get("lora"))
        if self.is_tuned:
            lora = parameters["lora"]
            # Adapters are added to a fresh copy, so that one request leaves nothing behind for the next.
            loaded.pop(parameters["model"])
            self.model = get_peft_model(
                self.model, LoraConfig(r=lora["r"], lora_alpha=lora["alpha"], target_modules=lora["target_modules"]))
            if adapter is not None:
                set_peft_model_state_dict(self.model, load_file(adapter / "adapter.safetensors"))
            self.model.to(device)
        system = parameters["system"].replace("{{ labels }}", ", ".join(labels))
        messages = [
            {"role": "system", "content": [{"type": "text", "text": system}]},
            {"role": "user", "content": [{"type": "image"}]},
        ]
        self.text = self.processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        tokenizer = self.processor.tokenizer
        self.answers = [tokenizer(" " + label, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id] for label in labels]
        self.pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id

    def question(self, path: str) -> dict:
        with Image.open(path) as image:
            return self.processor(text=[self.text], images=[image.convert("RGB")], return_tensors="pt").to(device)

    def losses(self, questions: list, answers: list) -> torch.Tensor:
        """The negative log-likelihood of each answer after its question; questions have the same number of tokens."""
        asked = torch.cat([q["input_ids"] for q in questions])
        longest = max(map(len, answers))
        tails = torch.tensor([a + [self.pad] * (longest - len(a)) for a in answers], device=device)
        weights = torch.tensor([[1.0] * len(a) + [0.0] * (longest - len(a)) for a in answers], device=device)
        others = {
            name: torch.cat([q[name] for q in questions])
            for name in questions[0] if name not in ("input_ids", "attention_mask")
        }
        mask = torch.cat([torch.ones_like(asked), weights.long()], 1)
        logits = self.model(input_ids=torch.cat([asked, tails], 1), attention_mask=mask, **others).logits
        # The token before an answer's token predicts it.
        logits = logits[:, -longest - 1 : -1].float()
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tails, reduction="none")
        return (each * weights).sum(1)

    def shares(self, path: str) -> list:
        with torch.inference_mode():
            question = self.question(path)
            losses = self.losses([question] * len(self.labels), self.answers)
            return (-losses).softmax(0).tolist()

    def accuracy(self, examples: list) -> float:
        self.model.eval()
        right = 0
        for example in examples:
            p = self.shares(example.path)
            right += self.labels[p.index(max(p))] == example.label
        return right / len(examples)


@trainer.epoch
def train(request: EpochRequest):
    parameters = request.hyperparameters
    seed = request.seed * 1000 + request.epoch
    random.seed(seed), torch.manual_seed(seed)
    # New adapters are the same in every epoch; those of a checkpoint replace them.
    torch.manual_seed(request.seed)
    model = Classifier(parameters, request.labels, request.checkpoint_in)
    metrics = {}
    if model.is_tuned:
        trained = [p for p in model.model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=parameters["learning_rate"])
        if request.checkpoint_in:
            optimizer.load_state_dict(torch.load(request.checkpoint_in / "optimizer.pt", weights_only=True, map_location=device))
        order = list(range(len(request.train)))
        random.Random(seed).shuffle(order)
        size = parameters["batch_size"]
        model.model.train()
        total = 0.0
        for start in range(0, len(order), size):
            some = [request.train[index] for index in order[start : start + size]]
            loss = model.losses(
                [model.question(e.path) for e in some], [model.answers[request.labels.index(e.label)] for e in some])
            optimizer.zero_grad()
            loss.mean().backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            total += loss.sum().item()
            request.progress(start / len(order), f"image {start} of {len(order)}, loss {loss.mean().item():.3f}")
        metrics = {"learning_rate": parameters["learning_rate"], "train_loss": total / len(order)}
        save_file(
            {name: value.contiguous().cpu() for name, value in get_peft_model_state_dict(model.model).items()},
            request.checkpoint_out / "adapter.safetensors")
        torch.save(optimizer.state_dict(), request.checkpoint_out / "optimizer.pt")
    (request.checkpoint_out / "labels.json").write_text(json.dumps(request.labels), encoding="utf-8")
    if request.validation:
        metrics["validation_accuracy"] = model.accuracy(request.validation)
    return metrics


@trainer.predict
def predict(request: PredictRequest):
    model = Classifier(request.hyperparameters, request.labels, request.checkpoint_in)
    model.model.eval()
    for path in request.images[: request.warmup or 0]:
        model.shares(path)
    for index, path in enumerate(request.images):
        start = time.perf_counter()
        p = model.shares(path)
        milliseconds = (time.perf_counter() - start) * 1000
        yield Answer(path, request.labels[p.index(max(p))], milliseconds, dict(zip(request.labels, p)))
        if index % 20 == 0:
            request.progress(index / len(request.images), f"image {index} of {len(request.images)}")


if __name__ == "__main__":
    trainer.main()
