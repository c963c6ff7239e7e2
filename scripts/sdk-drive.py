"""Drives an emulator with the provider's own Python SDKs, as a user's notebook would.

    sdk-drive.py ENDPOINT ACCOUNT MODEL PICTURES

PICTURES is a folder of folders named by label. Prints what it saw as one JSON object; any surprise is an
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
    Sku,
)
from openai import AzureOpenAI, BadRequestError, NotFoundError, OpenAI

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
assert [item.id for item in client.batches.list(limit=1)] == [batch.id]
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
deployment = control.deployments.begin_create_or_update(
    "group",
    account,
    "tuned",
    Deployment(
        sku=Sku(name="Standard", capacity=50),
        properties=DeploymentProperties(
            model=DeploymentModel(format="OpenAI", name=job.fine_tuned_model, version="1")
        ),
    ),
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
client.files.delete(training.id)
print(json.dumps(seen))
