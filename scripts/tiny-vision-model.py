"""Writes a tiny vision-language model with random weights to a folder, from configurations alone.

    tiny-vision-model.py FOLDER

Its vocabulary is learned from one sentence; nothing is downloaded.
"""

import sys

import torch
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

side, patch, width = 32, 8, 32
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    ["Classify the input image into one of the following categories: circle, square, triangle."],
    trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<pad>", "<s>", "</s>", "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
words = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
    extra_special_tokens={"image_token": "<image>"})
template = (
    "{% for message in messages %}{{ message.role }}: {% for part in message.content %}"
    "{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}\n{% endfor %}assistant:")
processor = LlavaProcessor(
    image_processor=CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side}),
    tokenizer=words, patch_size=patch, vision_feature_select_strategy="default", chat_template=template,
    image_token="<image>", num_additional_image_tokens=1)
torch.manual_seed(7)
layers = {"hidden_size": width, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
model = LlavaForConditionalGeneration(LlavaConfig(
    vision_config=CLIPVisionConfig(image_size=side, patch_size=patch, projection_dim=width, **layers),
    text_config=LlamaConfig(
        vocab_size=len(words), num_key_value_heads=4, max_position_embeddings=2048, bos_token_id=1, eos_token_id=2,
        pad_token_id=0, **layers),
    image_token_index=words.convert_tokens_to_ids("<image>"), vision_feature_layer=-2))
model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=0, max_new_tokens=8)
model.save_pretrained(sys.argv[1])
processor.save_pretrained(sys.argv[1])
