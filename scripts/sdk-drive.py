"""Runs the provider's own Python SDKs against an emulator, as a user's notebook would.

    sdk-drive.py ENDPOINT ACCOUNT MODEL PICTURES

PICTURES is a folder with one subfolder per label. Prints the results as one JSON object; an unexpected result is an
exception. The emulator's clock must follow polls.
"""

import base64
import io
import json
import sys
import time
from pathlib import Path

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from azure.mgmt.cognitiveservices.models import (
    Deployment,
    DeploymentModel,
    DeploymentProperties,
    PatchResourceTagsAndSku,
    Sku,
)
from openai import AzureOpenAI, BadRequestError, NotFoundError, OpenAI, RateLimitError

endpoint, account, model, pictures = sys.argv[1:5]
images = [(path.parent.name, path) for path in sorted(Path(pictures).glob("*/*"))]
labels = sorted({label for label, _ in images})
prompt = f"Classify the following input image into one of the following categories: [{', '.join(labels)}]."
seen = {}


def messages(path):
    data = base64.b64encode(path.read_bytes()).decode()
    url = f"data:image/png;base64,{data}"
    return [
        {"role": "system", "content": prompt},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url, "detail": "low"}}]},
    ]


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def until(look, states):
    for _ in range(3000):
        thing = look()
        if thing.status in states:
            return thing
        time.sleep(0.02)
    raise AssertionError(f"still {thing.status}")


client = AzureOpenAI(azure_endpoint=endpoint, api_key="any", api_version="2025-04-01-preview")

# Upload, batch, download.
requests = [
    {
        "custom_id": str(index),
        "method": "POST",
        "url": "/chat/completions",
        "body": {
            "model": "base-batch",
            "messages": messages(path),
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "Answer",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {"label": {"type": "string"}},
                        "required": ["label"],
                        "additionalProperties": False,
                    },
                },
            },
        },
    }
    for index, (_, path) in enumerate(images)
]
batch_file = client.files.create(
    file=("batch.jsonl", io.BytesIO(jsonl(requests)), "application/jsonl"),
    purpose="batch",
    extra_body={"expires_after": {"anchor": "created_at", "seconds": 1209600}},
)
assert batch_file.expires_at == batch_file.created_at + 1209600
try:
    client.batches.create(
        input_file_id=batch_file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    raise AssertionError("a file that is not processed was taken")
except BadRequestError:
    pass
assert client.files.wait_for_processing(batch_file.id, poll_interval=0.01).status == "processed"
batch = client.batches.create(
    input_file_id=batch_file.id,
    endpoint="/v1/chat/completions",
    completion_window="24h",
    metadata={"key": "0123456789abcdef"},
    extra_body={"output_expires_after": {"anchor": "created_at", "seconds": 1209600}},
)
assert batch.endpoint == "/chat/completions" and batch.metadata == {"key": "0123456789abcdef"}
batch = until(lambda: client.batches.retrieve(batch.id), {"completed", "failed"})
assert batch.status == "completed", batch
assert batch.request_counts.completed == len(images), batch
answers = {}
for line in client.files.content(batch.output_file_id).text.splitlines():
    row = json.loads(line)
    answers[int(row["custom_id"])] = json.loads(row["response"]["body"]["choices"][0]["message"]["content"])["label"]
assert set(answers) == set(range(len(images))) and set(answers.values()) <= set(labels)
assert client.files.content(batch.error_file_id).content == b""
made = client.files.retrieve(batch.output_file_id)
assert made.expires_at == made.created_at + 1209600, made
for request in requests:
    request["body"]["model"] = "base"
online = client.files.create(file=("online.jsonl", io.BytesIO(jsonl(requests)), "application/jsonl"), purpose="batch")
client.files.wait_for_processing(online.id, poll_interval=0.01)
refused = client.batches.create(
    input_file_id=online.id, endpoint="/chat/completions", completion_window="24h"
)
refused = until(lambda: client.batches.retrieve(refused.id), {"completed", "failed"})
assert refused.status == "failed" and "globalbatch" in refused.errors.data[0].message, refused
for request in requests:
    request["body"]["model"] = "base-batch"
assert [item.id for item in client.batches.list(limit=1)] == [refused.id, batch.id]
seen["batch_right"] = sum(answers[index] == label for index, (label, _) in enumerate(images))

# Upload (in parts as well), fine-tune, events, checkpoints, result file.
examples = [{"messages": messages(path) + [{"role": "assistant", "content": label}]} for label, path in images]
training_bytes = jsonl(examples)
training = client.uploads.upload_file_chunked(
    file=training_bytes,
    filename="training.jsonl",
    bytes=len(training_bytes),
    mime_type="application/jsonl",
    purpose="fine-tune",
    part_size=100_000,
).file
assert client.files.content(training.id).content == training_bytes
validation = client.files.create(
    file=("validation.jsonl", io.BytesIO(jsonl(examples[::2])), "application/jsonl"), purpose="fine-tune"
)
for file in (training, validation):
    client.files.wait_for_processing(file.id, poll_interval=0.01)
job = client.fine_tuning.jobs.create(
    model=model,
    training_file=training.id,
    validation_file=validation.id,
    method={
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": 0.5}},
    },
    suffix="sdk-0123456789abcdef",
    seed=42,
    extra_body={"trainingType": "standard"},
)
assert job.status == "pending", job
job = until(lambda: client.fine_tuning.jobs.retrieve(job.id), {"succeeded", "failed"})
assert job.status == "succeeded", job
events = list(client.fine_tuning.jobs.list_events(job.id, limit=50))
losses = [event.data["train_loss"] for event in reversed(events) if event.type == "metrics"]
assert len(losses) == 2 * -(-len(examples) // 6), len(losses)
checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
assert [point.step_number for point in checkpoints] == [len(losses), len(losses) // 2]
results = client.files.content(job.result_files[0]).text.splitlines()
assert results[0].split(",")[:3] == ["step", "train_loss", "train_mean_token_accuracy"]
assert len(results) == len(losses) + 1
assert job.id in [item.id for item in client.fine_tuning.jobs.list()]
assert job.fine_tuned_model in [item.id for item in client.models.list()]
seen["fine_tuned_model"] = job.fine_tuned_model
seen["trained_tokens"] = job.trained_tokens
seen["losses"] = [losses[0], losses[-1]]


# Deploy on the control plane, chat with the deployment, delete it.
class Anybody:
    def get_token(self, *scopes, **more):
        return AccessToken("any", int(time.time()) + 3600)


class BearerOverHTTP(SansIOHTTPPolicy):
    def on_request(self, request):
        request.http_request.headers["Authorization"] = "Bearer any"


control = CognitiveServicesManagementClient(
    Anybody(), "sub", base_url=endpoint, authentication_policy=BearerOverHTTP(), polling_interval=0.01
)


def standard(name):
    return Deployment(
        sku=Sku(name="Standard", capacity=50),
        properties=DeploymentProperties(model=DeploymentModel(format="OpenAI", name=name, version="1")),
    )


deployment = control.deployments.begin_create_or_update(
    "group", account, "tuned", standard(job.fine_tuned_model)
).result()
assert deployment.properties.provisioning_state == "Succeeded"
assert "tuned" in [item.name for item in control.deployments.list("group", account)]


def ask(asked, deployment):
    answer = asked.chat.completions.create(
        model=deployment, messages=messages(images[0][1]), max_tokens=20, temperature=0, seed=42
    )
    assert answer.choices[0].message.content in labels, answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    return answer


assert ask(client, "tuned").model == job.fine_tuned_model
ask(OpenAI(base_url=endpoint + "/openai/v1/", api_key="any"), "tuned")
seen["fingerprint"] = ask(client, "base").system_fingerprint
# Streamed, the same answer in pieces; keys that the service does not know are refused.
pieces = list(
    client.chat.completions.create(
        model="base", messages=messages(images[0][1]), max_tokens=20, stream=True, stream_options={"include_usage": True}
    )
)
streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
assert streamed == ask(client, "base").choices[0].message.content, streamed
assert pieces[-1].usage.total_tokens > 0, pieces[-1]
for extra in ({"tools": [{"type": "function", "function": {"name": "answer", "parameters": {}}}]}, {"logprobs": True}):
    try:
        client.chat.completions.create(model="base", messages=messages(images[0][1]), **extra)
        raise AssertionError(f"{extra} was ignored")
    except BadRequestError as error:
        assert error.param == next(iter(extra)), error
try:
    ask(client, "base-batch")
    raise AssertionError("a batch deployment chatted")
except BadRequestError as error:
    assert error.code == "OperationNotSupported", error
control.deployments.begin_delete("group", account, "tuned").result()
try:
    ask(client, "tuned")
    raise AssertionError("a deleted deployment answered")
except NotFoundError as error:
    assert error.code == "DeploymentNotFound", error

# The other methods of fine-tuning, from data to a deployed model, and checkpoints as models.
pairs = [
    {
        "input": {"messages": messages(path)},
        "preferred_output": [{"role": "assistant", "content": label}],
        "non_preferred_output": [{"role": "assistant", "content": labels[(labels.index(label) + 1) % len(labels)]}],
    }
    for label, path in images
]
graded = [{"messages": messages(path), "reference_answer": label} for label, path in images]
grader = {
    "type": "string_check",
    "name": "label",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.reference_answer}}",
}
methods = {
    "dpo": (pairs, {"hyperparameters": {"n_epochs": 2, "batch_size": 5, "beta": 0.2}}),
    "reinforcement": (
        graded,
        {"grader": grader, "hyperparameters": {"n_epochs": 2, "batch_size": 5, "reasoning_effort": "low"}},
    ),
}


def processed(rows, name):
    file = client.files.create(file=(name, io.BytesIO(jsonl(rows)), "application/jsonl"), purpose="fine-tune")
    return client.files.wait_for_processing(file.id, poll_interval=0.01).id


for method, (rows, settings) in methods.items():
    made = client.fine_tuning.jobs.create(
        model=model,
        training_file=processed(rows, method + ".jsonl"),
        method={"type": method, method: settings},
        seed=42,
        extra_body={"trainingType": "globalStandard"},
    )
    assert made.method.type == method, made
    made = until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"succeeded", "failed"})
    assert made.status == "succeeded", made
    kept = list(client.fine_tuning.jobs.checkpoints.list(made.id))
    for name, source in ((method, made.fine_tuned_model), (method + "-1", kept[-1].fine_tuned_model_checkpoint)):
        control.deployments.begin_create_or_update("group", account, name, standard(source)).result()
        ask(client, name)
        control.deployments.begin_delete("group", account, name).result()
    seen[method] = made.fine_tuned_model
wrong = processed(examples, "wrong.jsonl")
made = client.fine_tuning.jobs.create(
    model=model, training_file=wrong, method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 1}}}
)
made = until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"succeeded", "failed"})
assert made.status == "failed" and "preference pair" in made.error.message, made
for settings in ({}, {"grader": {**grader, "operation": "near"}}):
    try:
        client.fine_tuning.jobs.create(
            model=model, training_file=wrong, method={"type": "reinforcement", "reinforcement": settings}
        )
        raise AssertionError("a job without a grader that can be used was taken")
    except BadRequestError as error:
        assert "grader" in error.message, error

# Pause, resume, cancel, delete. The job is so long that it is still under way when it is asked to pause the second time.
made = client.fine_tuning.jobs.create(
    model=model,
    training_file=processed(examples * 4, "long.jsonl"),
    method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}},
    seed=1,
)
try:
    client.fine_tuning.jobs.pause(made.id)
    raise AssertionError("a job that waits was paused")
except BadRequestError:
    pass


def newest_step():
    events = client.fine_tuning.jobs.list_events(made.id, limit=5).data
    return max((event.data["step"] for event in events if event.type == "metrics"), default=0)


def until_after(step):
    for _ in range(3000):
        if newest_step() > step:
            return
        time.sleep(0.01)
    raise AssertionError(f"no step after {step}")


until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"running"})
until_after(0)
newest = OpenAI(base_url=endpoint + "/openai/v1/", api_key="any")
assert newest.fine_tuning.jobs.pause(made.id).status == "pausing"
until(lambda: newest.fine_tuning.jobs.retrieve(made.id), {"paused"})
told = newest_step()
assert newest.fine_tuning.jobs.resume(made.id).status in ("resuming", "running")
until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"running"})
until_after(told)
assert client.fine_tuning.jobs.pause(made.id).status == "pausing"
until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"paused"})
rested = client.fine_tuning.jobs.checkpoints.list(made.id).data[0]
control.deployments.begin_create_or_update(
    "group", account, "rested", standard(rested.fine_tuned_model_checkpoint)
).result()
ask(client, "rested")
assert client.fine_tuning.jobs.resume(made.id).status in ("resuming", "running")
until(lambda: client.fine_tuning.jobs.retrieve(made.id), {"running"})
assert client.fine_tuning.jobs.cancel(made.id).status == "cancelled"
told = [event.data["step"] for event in client.fine_tuning.jobs.list_events(made.id) if event.type == "metrics"]
assert len(told) == len(set(told)), "a step was told twice"
client.delete(f"/fine_tuning/jobs/{made.id}", cast_to=type(None))
try:
    client.fine_tuning.jobs.retrieve(made.id)
    raise AssertionError("a deleted job is still there")
except NotFoundError:
    pass

# Everything else that the reference has, on both surfaces and in both versions.
classic = AzureOpenAI(azure_endpoint=endpoint, api_key="any", api_version="2024-10-21")
for asked in (client, classic, newest):
    small = asked.files.create(
        file=("small.jsonl", io.BytesIO(jsonl(requests)), "application/jsonl"), purpose="batch"
    )
    assert asked.files.wait_for_processing(small.id, poll_interval=0.01).status == "processed"
    assert small.id in [file.id for file in asked.files.list(purpose="batch").data]
    batch = asked.batches.create(input_file_id=small.id, endpoint="/chat/completions", completion_window="24h")
    assert asked.batches.cancel(batch.id).status == "cancelling"
    until(lambda: asked.batches.retrieve(batch.id), {"cancelled"})
    assert batch.id in [item.id for item in asked.batches.list()]
    assert asked.files.content(small.id).content == jsonl(requests)
    upload = asked.uploads.create(bytes=5, filename="five", mime_type="application/jsonl", purpose="fine-tune")
    asked.uploads.parts.create(upload.id, data=b"12345")
    assert asked.uploads.cancel(upload.id).status == "cancelled"
    parted = asked.uploads.upload_file_chunked(
        file=b"12345", filename="five", bytes=5, mime_type="application/jsonl", purpose="fine-tune", part_size=3
    )
    assert asked.files.delete(parted.file.id).deleted
    assert asked.files.delete(small.id).deleted
    assert asked.models.retrieve(job.fine_tuned_model).id == job.fine_tuned_model
    assert asked.models.list().data
    assert asked.fine_tuning.jobs.retrieve(job.id).status == "succeeded"
    assert asked.fine_tuning.jobs.list(limit=1).data
    assert asked.fine_tuning.jobs.list_events(job.id).data
    assert asked.fine_tuning.jobs.checkpoints.list(job.id).data
    ended = asked.fine_tuning.jobs.create(model=model, training_file=training.id)
    assert asked.fine_tuning.jobs.cancel(ended.id).status == "cancelled"
    if asked is not newest:
        asked.delete(f"/fine_tuning/jobs/{ended.id}", cast_to=type(None))
    ask(asked, "rested")
    try:
        asked.files.retrieve("file-" + "0" * 32)
        raise AssertionError("a file that never was is there")
    except NotFoundError:
        pass
limits = client.chat.completions.with_raw_response.create(model="rested", messages=messages(images[0][1])).headers
assert int(limits["x-ratelimit-limit-tokens"]) == 50_000, limits
assert int(limits["x-ratelimit-remaining-tokens"]) < 50_000, limits
changed = control.deployments.begin_update(
    "group", account, "rested", PatchResourceTagsAndSku(sku=Sku(name="Standard", capacity=1), tags={"run": "sdk"})
).result()
assert changed.sku.capacity == 1 and changed.tags == {"run": "sdk"}, changed
assert control.deployments.get("group", account, "rested").sku.capacity == 1
try:
    for _ in range(10):
        client.with_options(max_retries=0).chat.completions.create(
            model="rested", messages=messages(images[0][1]), max_tokens=400
        )
    raise AssertionError("a capacity of one let ten requests through")
except RateLimitError as error:
    assert int(error.response.headers["retry-after"]) > 0, error.response.headers
control.deployments.begin_delete("group", account, "rested").result()
client.files.delete(training.id)
print(json.dumps(seen))
