"""Runs client libraries against an emulator, as their users would.

    clients-drive.py CLIENT ENDPOINT KEY PICTURES

PICTURES is a folder with one subfolder per label. Prints one JSON object per operation: its name, and the result or the
error. The emulator must have the deployments 'base' and 'base-batch' of its model 'gpt-4o', and its clock must follow
polls.
"""

import base64
import json
import os
import sys
import tempfile
import time
from enum import Enum
from pathlib import Path

client, endpoint, key, pictures = sys.argv[1:5]
# The libraries print too: their output goes where errors go.
results = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
images = [(path.parent.name, path) for path in sorted(Path(pictures).glob("*/*.png"))]
labels = sorted({label for label, _ in images})
prompt = f"Classify the following input image into one of the following categories: [{', '.join(labels)}]."
version = "2025-04-01-preview"
schema = {
    "type": "object", "properties": {"label": {"type": "string", "enum": labels}}, "required": ["label"],
    "additionalProperties": False,
}
operations = {}


def operation(name):
    """Declares what `client` does for an operation."""
    owner, name = name.split(": ")

    def declare(function):
        if owner == client:
            operations[name] = function
    return declare


def data_url(path):
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def messages(path=images[0][1]):
    return [
        {"role": "system", "content": prompt},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": data_url(path), "detail": "low"}}]},
    ]


def a_label(text):
    assert text in labels, text
    return text


def pieces(texts):
    """Several pieces that make a label."""
    texts = [text for text in texts if text]
    assert len(texts) > 1, texts
    return f"{a_label(''.join(texts))} in {len(texts)} pieces"


def refused(call, *texts):
    """The call fails, and its error contains the texts."""
    try:
        found = call()
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        missing = [part for part in texts if part not in text]
        assert not missing, f"{missing} not in {text[:600]}"
        return f"{type(error).__name__} ({', '.join(texts)})"
    raise AssertionError(f"accepted: {str(found)[:200]}")


def lines(rows):
    file = tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False)
    file.writelines(json.dumps(row) + "\n" for row in rows)
    file.close()
    return file.name


def batch_lines(deployment):
    return lines(
        {
            "custom_id": str(index), "method": "POST", "url": "/chat/completions",
            "body": {"model": deployment, "messages": messages(path)},
        }
        for index, (_, path) in enumerate(images))


def training_lines():
    return lines(
        {"messages": messages(path) + [{"role": "assistant", "content": label}]} for label, path in images)


def until(look, states):
    for _ in range(600):
        thing = look()
        if thing.status in states:
            return thing
        time.sleep(0.05)
    raise AssertionError(f"still {thing.status}")


TOOL = {"type": "function", "function": {"name": "answer", "parameters": {"type": "object", "properties": {}}}}

# litellm's SDK

if client == "litellm":
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    litellm.num_retries = 0
    azure = {"api_base": endpoint, "api_key": key, "api_version": version}


@operation("litellm: chat with an image")
def _():
    answer = litellm.completion(model="azure/base", messages=messages(), max_tokens=20, temperature=0, **azure)
    assert answer.usage.prompt_tokens > 85, answer.usage
    return a_label(answer.choices[0].message.content)


@operation("litellm: streaming")
def _():
    stream = litellm.completion(
        model="azure/base", messages=messages(), stream=True, stream_options={"include_usage": True}, **azure)
    chunks = list(stream)
    assert any(getattr(chunk, "usage", None) for chunk in chunks), "no usage"
    return pieces([chunk.choices[0].delta.content for chunk in chunks if chunk.choices])


@operation("litellm: structured output")
def _():
    form = {"type": "json_schema", "json_schema": {"name": "Answer", "strict": True, "schema": schema}}
    answer = litellm.completion(model="azure/base", messages=messages(), response_format=form, **azure)
    return a_label(json.loads(answer.choices[0].message.content)["label"])


@operation("litellm: batch")
def _():
    more = {"custom_llm_provider": "azure", **azure}
    file = litellm.create_file(file=open(batch_lines("base-batch"), "rb"), purpose="batch", **more)
    until(lambda: litellm.file_retrieve(file_id=file.id, **more), {"processed"})
    batch = litellm.create_batch(
        completion_window="24h", endpoint="/v1/chat/completions", input_file_id=file.id, metadata={"k": "v"}, **more)
    batch = until(lambda: litellm.retrieve_batch(batch_id=batch.id, **more), {"completed", "failed"})
    assert batch.status == "completed" and batch.request_counts.completed == len(images), batch
    content = litellm.file_content(file_id=batch.output_file_id, **more).content.decode()
    rows = [json.loads(line) for line in content.splitlines()]
    for row in rows:
        a_label(row["response"]["body"]["choices"][0]["message"]["content"])
    return f"{len(rows)} answers"


@operation("litellm: fine-tuning")
def _():
    more = {"custom_llm_provider": "azure", **azure}
    file = litellm.create_file(file=open(training_lines(), "rb"), purpose="fine-tune", **more)
    until(lambda: litellm.file_retrieve(file_id=file.id, **more), {"processed"})
    job = litellm.create_fine_tuning_job(
        model="gpt-4o", training_file=file.id, hyperparameters={"n_epochs": 1}, suffix="litellm", **more)
    job = until(
        lambda: litellm.retrieve_fine_tuning_job(fine_tuning_job_id=job.id, **more), {"succeeded", "failed", "cancelled"})
    assert job.status == "succeeded" and job.fine_tuned_model, job
    return job.fine_tuned_model.split(".ft-")[0] + ".ft-…"


@operation("litellm: rejections")
def _():
    return "; ".join([
        refused(lambda: litellm.completion(model="azure/none", messages=messages(), **azure), "NotFound", "does not exist"),
        refused(lambda: litellm.completion(model="azure/base", messages=messages(), tools=[TOOL], **azure), "BadRequest", "tools"),
        refused(
            lambda: litellm.completion(model="azure/base", messages=messages(), **{**azure, "api_key": "wrong"}),
            "Authentication", "invalid subscription key"),
    ])


# LangChain

if client == "langchain":
    from langchain_openai import AzureChatOpenAI, ChatOpenAI
    from pydantic import BaseModel

    class Answer(BaseModel):
        """The label of the image."""
        label: str

    class ChosenAnswer(BaseModel):
        """One of the labels, by reference to a definition in the schema."""
        label: Enum("Label", {label: label for label in labels})

    def model(**more):
        return AzureChatOpenAI(
            azure_endpoint=endpoint, api_key=key, api_version=version, azure_deployment="base", max_retries=0, **more)


@operation("langchain: chat with an image")
def _():
    answer = model(max_tokens=20, temperature=0).invoke(messages())
    assert answer.usage_metadata["input_tokens"] > 85, answer
    v1 = ChatOpenAI(base_url=endpoint + "/openai/v1/", api_key=key, model="base", max_retries=0)
    assert v1.invoke(messages()).content == answer.content
    return a_label(answer.content)


@operation("langchain: streaming")
def _():
    chunks = list(model(stream_usage=True).stream(messages()))
    assert any(chunk.usage_metadata for chunk in chunks), "no usage"
    return pieces([chunk.content for chunk in chunks])


@operation("langchain: structured output")
def _():
    found = model().with_structured_output(Answer).invoke(messages())
    strict = model().with_structured_output(Answer, method="json_schema", strict=True).invoke(messages())
    chosen = model().with_structured_output(ChosenAnswer, method="json_schema", strict=True).invoke(messages())
    assert found == strict and chosen.label.value == found.label, (found, strict, chosen)
    return a_label(found.label)


@operation("langchain: structured output, streaming")
def _():
    last = list(model().with_structured_output(Answer, method="json_schema").stream(messages()))[-1]
    return a_label(last.label)


@operation("langchain: many at once")
def _():
    found = model().batch([messages(path) for _, path in images], config={"max_concurrency": 4})
    return f"{len([a_label(answer.content) for answer in found])} answers"


@operation("langchain: rejections")
def _():
    calling = model().with_structured_output(Answer, method="function_calling")
    return "; ".join([
        refused(lambda: calling.invoke(messages()), "400", "tools"),
        refused(lambda: model(model_kwargs={"logit_bias": {"1": 5}}).invoke(messages()), "400", "logit_bias"),
    ])


# azure-ai-inference

if client == "azure-ai-inference":
    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.models import (
        ImageContentItem, ImageUrl, JsonSchemaFormat, SystemMessage, TextContentItem, UserMessage,
    )
    from azure.core.credentials import AzureKeyCredential

    def chat(deployment="base", secret=key):
        return ChatCompletionsClient(
            endpoint=f"{endpoint}/openai/deployments/{deployment}", credential=AzureKeyCredential(secret),
            api_version=version, retry_total=0)

    def asked():
        url = ImageUrl.load(image_file=str(images[0][1]), image_format="png", detail="low")
        return [SystemMessage(prompt), UserMessage([TextContentItem(text="Answer."), ImageContentItem(image_url=url)])]


@operation("azure-ai-inference: chat with an image")
def _():
    answer = chat().complete(messages=asked(), max_tokens=20, temperature=0, seed=42)
    assert answer.usage.total_tokens > 85, answer
    return a_label(answer.choices[0].message.content)


@operation("azure-ai-inference: streaming")
def _():
    chunks = list(chat().complete(messages=asked(), stream=True))
    return pieces([chunk.choices[0].delta.content for chunk in chunks if chunk.choices])


@operation("azure-ai-inference: structured output")
def _():
    form = JsonSchemaFormat(name="Answer", schema=schema, strict=True)
    return a_label(json.loads(chat().complete(messages=asked(), response_format=form).choices[0].message.content)["label"])


@operation("azure-ai-inference: rejections")
def _():
    return "; ".join([
        refused(lambda: chat("none").complete(messages=asked()), "ResourceNotFoundError", "does not exist"),
        refused(lambda: chat().complete(messages=asked(), model_extras={"nonsense": 1}), "Unrecognized", "nonsense"),
        refused(lambda: chat(secret="wrong").complete(messages=asked()), "ClientAuthenticationError"),
    ])


# inspect-ai

if client == "inspect-ai":
    os.environ["INSPECT_LOG_DIR"] = tempfile.mkdtemp()
    os.environ["INSPECT_DISPLAY"] = "none"
    os.environ["INSPECT_TELEMETRY"] = ""
    from inspect_ai import Task, eval as evaluate
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import (
        ChatMessageSystem, ChatMessageUser, ContentImage, GenerateConfig, ResponseSchema, get_model,
    )
    from inspect_ai.scorer import exact, match
    from inspect_ai.util import json_schema
    from pydantic import BaseModel as InspectModel

    class InspectAnswer(InspectModel):
        label: str

    def azure_model():
        return get_model(
            "openai/azure/base", base_url=endpoint, api_key=key, api_version=version, max_retries=0, memoize=False)

    def task(scorer, **config):
        samples = [
            Sample(
                id=index, target=label,
                input=[
                    ChatMessageSystem(content=prompt),
                    ChatMessageUser(content=[ContentImage(image=data_url(path), detail="low")]),
                ])
            for index, (label, path) in enumerate(images)]
        return Task(dataset=MemoryDataset(samples), scorer=scorer, config=GenerateConfig(max_retries=0, **config))

    def evaluated(inspected, model, **more):
        log = evaluate(inspected, model=model, display="none", fail_on_error=True, **more)[0]
        assert log.status == "success", log.error
        return log

    def texts(log):
        return [sample.output.completion for sample in log.samples]


@operation("inspect-ai: chat with an image")
def _():
    log = evaluated(task(exact(), temperature=0, max_tokens=20), azure_model())
    found = [a_label(text) for text in texts(log)]
    assert all(sample.output.usage.input_tokens > 85 for sample in log.samples)
    return f"{len(found)} answers, accuracy {log.results.scores[0].metrics['mean'].value:.2f}"


@operation("inspect-ai: structured output")
def _():
    form = ResponseSchema(name="answer", json_schema=json_schema(InspectAnswer), strict=True)
    log = evaluated(task(match(), response_schema=form), azure_model())
    return f"{len([a_label(json.loads(text)['label']) for text in texts(log)])} answers"


@operation("inspect-ai: streaming")
def _():
    model = get_model(
        "openai/azure/base", base_url=endpoint, api_key=key, api_version=version, streaming=True, memoize=False)
    return f"{len([a_label(text) for text in texts(evaluated(task(exact()), model))])} answers"


@operation("inspect-ai: batch (--batch)")
def _():
    os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"] = endpoint + "/v1", key
    log = evaluated(task(exact(), batch={"send_delay": 0.5, "tick": 0.2}), "openai/gpt-4o")
    return f"{len([a_label(text) for text in texts(log)])} answers"


@operation("inspect-ai: batch at Azure")
def _():
    model = get_model("openai/azure/base-batch", base_url=endpoint, api_key=key, api_version=version, memoize=False)
    batched = task(exact(), batch={"send_delay": 0.5, "tick": 0.2})
    return refused(lambda: evaluate(batched, model=model, display="none"), "BadRequestError", "is not processed yet")


@operation("inspect-ai: rejections")
def _():
    model = get_model("openai/azure/base", base_url=endpoint, api_key=key, api_version=version, memoize=False)
    log = evaluate(task(exact(), logprobs=True), model=model, display="none")[0]
    assert log.status == "error" and "logprobs" in log.error.message, (log.status, log.error)
    return "error (logprobs)"


for name, function in operations.items():
    started, entry = time.time(), {"operation": name}
    try:
        entry["seen"] = function()
    except Exception as error:
        entry["error"] = f"{type(error).__name__}: {error}"[:1500]
    print(json.dumps({**entry, "seconds": round(time.time() - started, 1)}), file=results, flush=True)
