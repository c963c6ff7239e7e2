"""Runs Google's own Python SDKs against an emulated Google Cloud project, as a user's notebook would.

    google-drive.py ENDPOINT BUCKET MODEL PICTURES

PICTURES is a folder with one subfolder per label. Prints the results as one JSON object; an unexpected result is an
exception. The emulator's clock must follow polls, and it must accept the key `any`.
"""

import base64
import hashlib
import json
import sys
import time
from pathlib import Path

import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.service_account
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google import genai
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.exceptions import RefreshError
from google.cloud import storage
from google.genai import errors, types

endpoint, bucket_name, model, pictures = sys.argv[1:5]
images = [(path.parent.name, path) for path in sorted(Path(pictures).glob("*/*"))]
labels = sorted({label for label, _ in images})
prompt = f"Classify the following input image into one of the following categories: [{', '.join(labels)}]."
project, region = "assay-project", "us-central1"
# Another run of this program at the same emulator has another name.
name = f"k{time.time_ns()}"
seen = {"genai": genai.__version__}


def until(look, states):
    for _ in range(3000):
        thing = look()
        if thing.state.name.removeprefix("JOB_STATE_") in states:
            return thing
        time.sleep(0.02)
    raise AssertionError(f"still {thing.state}")


def wanted(error, code, status):
    assert error.code == code and error.status == status, (error.code, error.status, error.message)


# Sign-in: a service account with a key made on the spot, and a user.
private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = private.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
account = {
    "type": "service_account", "project_id": project, "private_key_id": "any", "private_key": pem,
    "client_email": f"assay@{project}.iam.gserviceaccount.com", "client_id": "1", "token_uri": endpoint + "/token",
}
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
service = google.oauth2.service_account.Credentials.from_service_account_info(account, scopes=scopes)
service.refresh(google.auth.transport.requests.Request())
assert service.token and service.valid
user = google.oauth2.credentials.Credentials(
    None, refresh_token="any", client_id="c", client_secret="s", token_uri=endpoint + "/token", scopes=scopes)
user.refresh(google.auth.transport.requests.Request())
assert user.token != service.token
stranger = google.oauth2.service_account.Credentials.from_service_account_info(
    account | {"private_key_id": "other"}, scopes=scopes)
try:
    stranger.refresh(google.auth.transport.requests.Request())
    raise AssertionError("a stranger's key was accepted")
except RefreshError:
    pass

# Storage: multipart and resumable uploads, each refused the second time; lists, ranges, removal.
client = storage.Client(project=project, credentials=service, client_options={"api_endpoint": endpoint})
bucket = client.get_bucket(bucket_name)
uris = {}
for label, path in images:
    blob = bucket.blob(f"images/{label}/{path.name}")
    blob.metadata = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    blob.upload_from_filename(str(path), content_type="image/png", if_generation_match=0, checksum="crc32c")
    uris[path] = f"gs://{bucket_name}/{blob.name}"
try:
    blob.upload_from_filename(str(path), content_type="image/png", if_generation_match=0)
    raise AssertionError("a second upload of a name was accepted")
except PreconditionFailed:
    pass
again = bucket.get_blob(blob.name)
assert again.metadata["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
assert again.md5_hash == base64.b64encode(hashlib.md5(path.read_bytes()).digest()).decode()
large = bytes(range(256)) * 4096 * 9
blob = bucket.blob("large.bin", chunk_size=1 << 20)
blob.upload_from_string(large, if_generation_match=0)
assert blob.size == len(large) and blob.download_as_bytes() == large
assert blob.download_as_bytes(start=1000, end=1999) == large[1000:2000]
try:
    bucket.blob("large.bin", chunk_size=1 << 20).upload_from_string(large, if_generation_match=0)
    raise AssertionError("a second resumable upload of a name was accepted")
except PreconditionFailed:
    pass
assert [b.name for b in client.list_blobs(bucket_name, prefix="images/", max_results=2)] == sorted(
    uri.removeprefix(f"gs://{bucket_name}/") for uri in uris.values())[:2]
blob.delete(if_generation_match=blob.generation)
assert bucket.get_blob("large.bin") is None


def genai_client(location):
    return genai.Client(
        vertexai=True, project=project, location=location, credentials=service,
        http_options=types.HttpOptions(base_url=endpoint, api_version="v1"))


regional, global_client, multi = genai_client(region), genai_client("global"), genai_client("us")

# Batch: half of the images inline, half from Cloud Storage, one line that fails; results matched by their labels.
lines = []
for index, (label, path) in enumerate(images):
    part = {"fileData": {"fileUri": uris[path], "mimeType": "image/png"}} if index % 2 else {
        "inlineData": {"data": base64.b64encode(path.read_bytes()).decode(), "mimeType": "image/png"}}
    lines.append({"request": {
        "systemInstruction": {"parts": [{"text": prompt}]}, "contents": [{"role": "user", "parts": [part]}],
        "labels": {"line": str(index)}}})
lines.append({"request": {"contents": [{"role": "nobody", "parts": [{"text": "?"}]}], "labels": {"line": "bad"}}})
source = bucket.blob("batch/in.jsonl")
source.upload_from_string("".join(json.dumps(line) + "\n" for line in lines), if_generation_match=0)
job = regional.batches.create(
    model=model, src=f"gs://{bucket_name}/batch/in.jsonl",
    config=types.CreateBatchJobConfig(
        display_name="assay-k1", dest=f"gs://{bucket_name}/batch/out",
        http_options=types.HttpOptions(extra_body={"labels": {"assay-run": name}})))
listed = list(regional.batches.list(config=types.ListBatchJobsConfig(filter=f'labels.assay-run="{name}"')))
assert [one.name for one in listed] == [job.name]
assert not list(regional.batches.list(config=types.ListBatchJobsConfig(filter="labels.assay-run=k2")))
job = until(lambda: regional.batches.get(name=job.name), {"SUCCEEDED", "FAILED"})
assert job.state.name == "JOB_STATE_SUCCEEDED", job
assert int(job.completion_stats.failed_count) == 1 and int(job.completion_stats.successful_count) == len(images)
results = {}
for blob in client.list_blobs(bucket_name, prefix="batch/out/"):
    assert blob.name.endswith("/predictions.jsonl"), blob.name
    for line in blob.download_as_text().splitlines():
        line = json.loads(line)
        results[line["request"]["labels"]["line"]] = line
assert len(results) == len(lines)
assert results["bad"]["status"].startswith("Bad Request: ") and not results["bad"]["response"]
answers = {}
for index, (label, path) in enumerate(images):
    answers[path] = types.GenerateContentResponse.model_validate(results[str(index)]["response"]).text
seen["batch_right"] = sum(answers[path] == label for label, path in images)
cancelled = regional.batches.create(
    model=model, src=f"gs://{bucket_name}/batch/in.jsonl", config=types.CreateBatchJobConfig(dest=f"gs://{bucket_name}/batch/out2"))
regional.batches.cancel(name=cancelled.name)
assert until(lambda: regional.batches.get(name=cancelled.name), {"CANCELLED", "SUCCEEDED"}).state.name == "JOB_STATE_CANCELLED"
regional.batches.delete(name=cancelled.name)

# Online: the same answers as the batch; a schema; stored images; tokens; errors.
for label, path in images[:3]:
    response = global_client.models.generate_content(
        model=model, contents=[types.Part.from_bytes(data=path.read_bytes(), mime_type="image/png")],
        config=types.GenerateContentConfig(
            system_instruction=prompt, max_output_tokens=64, thinking_config=types.ThinkingConfig(thinking_level="LOW"),
            safety_settings=[types.SafetySetting(category="HARM_CATEGORY_HATE_SPEECH", threshold="OFF")]))
    assert response.text == answers[path], (response.text, answers[path])
    assert response.usage_metadata.prompt_tokens_details[0].modality.name == "IMAGE"
stored = types.Part.from_uri(file_uri=uris[images[0][1]], mime_type="image/png")
shaped = global_client.models.generate_content(
    model=model, contents=[stored],
    config=types.GenerateContentConfig(
        system_instruction=prompt, response_mime_type="application/json",
        response_json_schema={"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}))
assert json.loads(shaped.text) == {"label": answers[images[0][1]]}
assert global_client.models.count_tokens(model=model, contents=[stored]).total_tokens == shaped.usage_metadata.prompt_tokens_details[0].token_count
assert "".join(part.text for part in global_client.models.generate_content_stream(
    model=model, contents=[stored], config=types.GenerateContentConfig(system_instruction=prompt))) == answers[images[0][1]]
try:
    global_client.models.generate_content(model="gemini-0", contents="?")
    raise AssertionError("an unknown model answered")
except errors.ClientError as error:
    wanted(error, 404, "NOT_FOUND")

# Tuning: two epochs, a checkpoint and an endpoint for each.
examples = [{
    "systemInstruction": {"role": "system", "parts": [{"text": prompt}]},
    "contents": [
        {"role": "user", "parts": [{"fileData": {"mimeType": "image/png", "fileUri": uris[path]}}]},
        {"role": "model", "parts": [{"text": label}]}]} for label, path in images]
examples.append({"contents": [
    {"role": "user", "parts": [{"fileData": {"mimeType": "image/png", "fileUri": f"gs://{bucket_name}/none.png"}}]},
    {"role": "model", "parts": [{"text": "x"}]}]})
bucket.blob("tune/train.jsonl").upload_from_string("".join(json.dumps(line) + "\n" for line in examples), if_generation_match=0)
bucket.blob("tune/valid.jsonl").upload_from_string("".join(json.dumps(line) + "\n" for line in examples[:2]), if_generation_match=0)
dataset = types.TuningDataset(gcs_uri=f"gs://{bucket_name}/tune/train.jsonl")
try:
    regional.tunings.tune(
        base_model=model, training_dataset=dataset, config=types.CreateTuningJobConfig(adapter_size="ADAPTER_SIZE_THIRTY_TWO"))
    raise AssertionError("an adapter of 32 was accepted")
except errors.ClientError as error:
    wanted(error, 400, "INVALID_ARGUMENT")
tuning = regional.tunings.tune(
    base_model=model, training_dataset=dataset,
    config=types.CreateTuningJobConfig(
        epoch_count=2, learning_rate_multiplier=0.5, adapter_size="ADAPTER_SIZE_FOUR", tuned_model_display_name="assay-k1",
        validation_dataset=types.TuningValidationDataset(gcs_uri=f"gs://{bucket_name}/tune/valid.jsonl"),
        labels={"assay-run": name}))
assert [one.name for one in regional.tunings.list(config=types.ListTuningJobsConfig(filter=f'labels.assay-run="{name}"'))] == [tuning.name]
tuning = until(lambda: regional.tunings.get(name=tuning.name), {"SUCCEEDED", "FAILED"})
assert tuning.state.name == "JOB_STATE_SUCCEEDED", tuning
stats = tuning.tuning_data_stats.supervised_tuning_data_stats
assert int(stats.total_truncated_example_count) == 1 and int(stats.truncated_example_indices[0]) == len(examples)
seen["dropped"] = stats.dropped_example_reasons
assert len(tuning.tuned_model.checkpoints) == 2
names = {checkpoint.endpoint for checkpoint in tuning.tuned_model.checkpoints}
assert len(names) == 2 and tuning.tuned_model.endpoint in names
registered = regional.models.get(model=tuning.tuned_model.model)
assert registered.labels == {"assay-run": name}, registered
stopped = regional.tunings.tune(
    base_model=model, training_dataset=dataset, config=types.CreateTuningJobConfig(tuned_model_display_name="stopped"))
regional.tunings.cancel(name=stopped.name)
stopped = until(lambda: regional.tunings.get(name=stopped.name), {"CANCELLED", "SUCCEEDED", "FAILED"})
assert stopped.state.name == "JOB_STATE_CANCELLED" and stopped.tuned_model is None, stopped

# Online, tuned: in the multi-region for the third generation, in the region for others.
tuned_client = multi if model.startswith("gemini-3") else regional
right = 0
for label, path in images:
    response = tuned_client.models.generate_content(
        model=tuning.tuned_model.endpoint.replace(region, "us") if tuned_client is multi else tuning.tuned_model.endpoint,
        contents=[types.Part.from_bytes(data=path.read_bytes(), mime_type="image/png")],
        config=types.GenerateContentConfig(system_instruction=prompt))
    right += response.text == label
seen["tuned_right"] = right
seen["images"] = len(images)

# Teardown: undeploy every endpoint, delete it, then the model.
session = google.auth.transport.requests.AuthorizedSession(service)


def call(method, name, body=None):
    response = session.request(method, f"{endpoint}/v1/{name}", json=body)
    assert response.status_code == 200, (response.status_code, response.text)
    operation = response.json()
    while operation.get("name", "").find("/operations/") >= 0 and not operation.get("done"):
        operation = session.get(f"{endpoint}/v1/{operation['name']}").json()
    return operation


version = tuning.tuned_model.model.split("@")[0]
assert session.delete(f"{endpoint}/v1/{version}").status_code == 400
for served in names:
    deployed = call("GET", served)["deployedModels"][0]["id"]
    call("POST", served + ":undeployModel", {"deployedModelId": deployed})
    call("DELETE", served)
    assert session.get(f"{endpoint}/v1/{served}").status_code == 404
call("DELETE", version)
assert call("GET", f"projects/{project}/locations/{region}/endpoints") == {}
assert call("GET", f"projects/{project}/locations/{region}/models") == {}
for blob in list(client.list_blobs(bucket_name)):
    blob.delete()
try:
    bucket.blob("batch/in.jsonl").download_as_bytes()
    raise AssertionError("a removed object is still there")
except NotFound:
    pass
print(json.dumps(seen))
