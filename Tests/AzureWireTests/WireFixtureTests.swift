// Every wire type survives a round trip of a document based on the reference.

import AzureWire
import Basics
import Foundation
import Testing

/// A document of the wire, its type, and the definition of the reference that names its keys.
struct WireFixture: CustomTestStringConvertible, Sendable {
    let id: String
    /// The file below `../shared/azure/specs` and the definition in it.
    let definition: (file: String, name: String)?
    let json: String
    let roundTrip: @Sendable (Data) throws -> JSONValue

    init<Value: Codable & Sendable>(
        _ id: String, _ type: Value.Type, _ definition: (String, String)?, _ json: String
    ) {
        self.id = id
        self.definition = definition.map { (file: $0.0, name: $0.1) }
        self.json = json
        roundTrip = { data in try JSONValue(encoding: JSONDecoder().decode(Value.self, from: data)) }
    }

    var testDescription: String { id }
}

private let authoring = "azureopenai-authoring-2025-04-01-preview.transcribed.json"
private let arm = "arm-accounts-deployments-2025-09-01.from-pypi.json"

let wireFixtures: [WireFixture] = [
    WireFixture(
        "file", FileObject.self, (authoring, "File"),
        """
        {"object":"file","id":"file-0123456789abcdef0123456789abcdef","bytes":1547,"created_at":1763900000,
         "filename":"train.jsonl","purpose":"fine-tune","status":"processed","expires_at":1765109600,
         "status_details":"done"}
        """),
    WireFixture(
        "file deletion", FileDeletion.self, (authoring, "FileDelete"),
        #"{"object":"file","id":"file-01","deleted":true}"#),
    WireFixture(
        "file list", ListPage<FileObject>.self, (authoring, "FileList"),
        """
        {"object":"list","data":[{"object":"file","id":"file-01","bytes":1,"created_at":5,"filename":"a",
         "purpose":"batch","status":"pending"}]}
        """),
    WireFixture(
        "upload request", UploadCreateRequest.self, (authoring, "UploadFileStartBody"),
        #"{"purpose":"fine-tune","filename":"train.jsonl","bytes":268435456,"mime_type":"application/jsonl"}"#),
    WireFixture(
        "upload", Upload.self, (authoring, "UploadResource"),
        """
        {"object":"upload","id":"upload_01","bytes":9,"created_at":10,"expires_at":7210,"filename":"a.jsonl",
         "purpose":"batch","status":"completed","file":{"object":"file","id":"file-01","bytes":9,"created_at":11,
         "filename":"a.jsonl","purpose":"batch","status":"pending"}}
        """),
    WireFixture(
        "upload part", UploadPart.self, (authoring, "UploadPartResource"),
        #"{"object":"upload.part","id":"part_01","upload_id":"upload_01","created_at":10,"azure_block_id":"YQ=="}"#),
    WireFixture(
        "upload completion", UploadCompleteRequest.self, (authoring, "UploadFileCompleteBody"),
        #"{"part_ids":["part_01","part_02"],"md5":"d41d8cd98f00b204e9800998ecf8427e"}"#),
    WireFixture(
        "batch request", BatchCreateRequest.self, (authoring, "BatchCreateRequest"),
        """
        {"input_file_id":"file-01","endpoint":"/chat/completions","completion_window":"24h",
         "metadata":{"assay":"0123456789abcdef"},
         "output_expires_after":{"anchor":"created_at","seconds":1209600}}
        """),
    WireFixture(
        "batch", Batch.self, (authoring, "Batch"),
        """
        {"object":"batch","id":"batch_6b5d","endpoint":"/chat/completions",
         "errors":{"object":"list","data":[{"code":"invalid_json_line","message":"no JSON","param":"body","line":3}]},
         "input_file_id":"file-01","completion_window":"24h","status":"completed","output_file_id":"file-02",
         "error_file_id":"file-03","created_at":1,"in_progress_at":2,"expires_at":86401,"finalizing_at":3,
         "completed_at":4,"failed_at":5,"expired_at":6,"cancelling_at":7,"cancelled_at":8,
         "request_counts":{"total":600,"completed":599,"failed":1},"metadata":{"assay":"0123456789abcdef"}}
        """),
    WireFixture(
        "fine-tuning request", FineTuningJobCreateRequest.self, (authoring, "FineTuningJobCreation"),
        """
        {"model":"gpt-4o-2024-08-06","training_file":"file-01","validation_file":"file-02",
         "hyperparameters":{"n_epochs":2,"batch_size":6,"learning_rate_multiplier":0.5},"suffix":"dogs-0123456789abcdef",
         "seed":42,"trainingType":"globalStandard"}
        """),
    WireFixture(
        "fine-tuning request, dpo", FineTuningJobCreateRequest.self, (authoring, "FineTuningJobCreation"),
        """
        {"model":"gpt-4o-2024-08-06","training_file":"file-01",
         "method":{"type":"dpo","dpo":{"hyperparameters":{"beta":0.1,"n_epochs":2,"l2_multiplier":0.25}}}}
        """),
    WireFixture(
        "fine-tuning request, reinforcement", FineTuningJobCreateRequest.self, (authoring, "FineTuningJobCreation"),
        """
        {"model":"o4-mini-2025-04-16","training_file":"file-01","validation_file":"file-02","method":{
         "type":"reinforcement","reinforcement":{
          "grader":{"type":"string_check","name":"label","operation":"eq","input":"{{sample.output_text}}",
                    "reference":"{{item.label}}"},
          "response_format":{"type":"json_schema","json_schema":{"name":"answer"}},
          "hyperparameters":{"reasoning_effort":"low","compute_multiplier":1.5,"eval_interval":5,"eval_samples":2}}}}
        """),
    WireFixture(
        "fine-tuning job", FineTuningJob.self, (authoring, "FineTuningJob"),
        """
        {"object":"fine_tuning.job","id":"ftjob-0123","created_at":1753400000,"status":"succeeded",
         "model":"gpt-4.1-2025-04-14","fine_tuned_model":"gpt-4.1-2025-04-14.ft-0123-dogs","training_file":"file-01",
         "validation_file":"file-02","result_files":["file-09"],"finished_at":1753410000,
         "estimated_finish":1753420000,"trained_tokens":129488088,
         "hyperparameters":{"n_epochs":-1,"batch_size":4,"learning_rate_multiplier":2},
         "suffix":"dogs","seed":64728269,"trainingType":"standard"}
        """),
    WireFixture(
        "failed fine-tuning job", FineTuningJob.self, (authoring, "FineTuningJob"),
        """
        {"object":"fine_tuning.job","id":"ftjob-0123","created_at":1,"status":"failed","model":"m",
         "training_file":"file-01",
         "error":{"code":"invalidPayload","message":"too few examples","param":"training_file"}}
        """),
    WireFixture(
        "fine-tuning event", FineTuningEvent.self, (authoring, "FineTuningJobEvent"),
        """
        {"object":"fine_tuning.job.event","id":"ftevent-01","created_at":5,"level":"info","message":"Step 10",
         "type":"metrics","data":{"step":10,"train_loss":1.25,"train_mean_token_accuracy":0.5}}
        """),
    WireFixture(
        "fine-tuning checkpoint", FineTuningCheckpoint.self, (authoring, "FineTuningJobCheckpoint"),
        """
        {"object":"fine_tuning.job.checkpoint","id":"ftckpt_01","created_at":5,
         "fine_tuned_model_checkpoint":"gpt-4o.ft-0123:ckpt-step-10","step_number":10,
         "metrics":{"step":10,"train_loss":0.5,"train_mean_token_accuracy":0.875,"valid_loss":0.75,
          "valid_mean_token_accuracy":0.8125,"full_valid_loss":0.625,"full_valid_mean_token_accuracy":0.75},
         "fine_tuning_job_id":"ftjob-0123"}
        """),
    WireFixture(
        "model", ModelObject.self, (authoring, "Model"),
        """
        {"object":"model","id":"gpt-4o-2024-08-06","created_at":1722902400,"status":"succeeded",
         "capabilities":{"fine_tune":true,"inference":true,"completion":false,"chat_completion":true,
         "embeddings":false},"lifecycle_status":"generally-available",
         "deprecation":{"fine_tune":1806537600,"inference":1774915200}}
        """),
    WireFixture(
        "deployment request", Deployment.self, (arm, "Deployment"),
        """
        {"sku":{"name":"Standard","capacity":50},"properties":{"model":{"format":"OpenAI",
         "name":"gpt-4o-2024-08-06.ft-0123-dogs","version":"1"}}}
        """),
    WireFixture(
        "deployment", Deployment.self, (arm, "Deployment"),
        """
        {"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a/deployments/d",
         "name":"d","type":"Microsoft.CognitiveServices/accounts/deployments","etag":"\\"01\\"","tags":{"by":"assay"},
         "sku":{"name":"GlobalBatch","capacity":10},
         "systemData":{"createdBy":"me","createdByType":"User","createdAt":"2026-11-23T10:00:00Z",
          "lastModifiedBy":"me","lastModifiedByType":"User","lastModifiedAt":"2026-11-23T10:00:00Z"},
         "properties":{"model":{"format":"OpenAI","name":"gpt-4o","version":"2024-08-06"},
          "provisioningState":"Accepted","raiPolicyName":"Microsoft.Default",
          "versionUpgradeOption":"NoAutoUpgrade","capabilities":{"chatCompletion":"true"}}}
        """),
    WireFixture(
        "deployment list", DeploymentList.self, (arm, "DeploymentListResult"),
        """
        {"value":[{"name":"d","properties":{"provisioningState":"Succeeded"}}],
         "nextLink":"https://management.azure.com/next"}
        """),
    WireFixture(
        "operation", AsyncOperation.self, nil,
        #"{"id":"/operations/1","name":"1","status":"Failed","error":{"code":"Conflict","message":"no"}}"#),
    WireFixture(
        "chat request", ChatCompletionRequest.self, nil,
        """
        {"model":"gpt-4o","messages":[{"role":"system","content":"Name the animal."},
          {"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":
           {"url":"data:image/jpeg;base64,AAAA","detail":"low"}}]}],
         "response_format":{"type":"json_schema","json_schema":{"name":"Breed","strict":true,"schema":
          {"type":"object","properties":{"breed":{"type":"string"}},"required":["breed"],
           "additionalProperties":false}}},
         "max_tokens":50,"temperature":0,"top_p":1,"seed":42}
        """),
    WireFixture(
        "chat completion", ChatCompletion.self, nil,
        """
        {"id":"chatcmpl-01","object":"chat.completion","created":1763900000,"model":"gpt-4o-2024-08-06",
         "system_fingerprint":"fp_01","prompt_filter_results":[{"prompt_index":0,"content_filter_results":
          {"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false}}}],
         "choices":[{"index":0,"finish_reason":"stop","logprobs":null,
          "message":{"role":"assistant","content":"Afghan Hound","refusal":null},
          "content_filter_results":{"violence":{"filtered":false,"severity":"low"}}}],
         "usage":{"prompt_tokens":1106,"completion_tokens":4,"total_tokens":1110,
          "prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":0}}}
        """),
    WireFixture(
        "batch input line", BatchInputLine<ChatCompletionRequest>.self, nil,
        """
        {"custom_id":"task-0","method":"POST","url":"/chat/completions","body":{"model":"gpt-4o-batch",
         "messages":[{"role":"user","content":"Hello"}]}}
        """),
    WireFixture(
        "batch output line", BatchOutputLine.self, nil,
        """
        {"custom_id":"task-0","response":{"status_code":200,"request_id":"52f9","body":
         {"id":"chatcmpl-01","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
          "finish_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hi","refusal":null}}],
          "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}},"error":null}
        """),
    WireFixture(
        "refused batch line", BatchOutputLine.self, nil,
        """
        {"custom_id":"task-1","response":{"status_code":400,"request_id":"52fa","body":
         {"error":{"code":"content_filter","message":"filtered"}}},"error":null}
        """),
    WireFixture(
        "unanswered batch line", BatchOutputLine.self, nil,
        """
        {"id":"batch_req_1","custom_id":"task-2","response":null,
         "error":{"code":"batch_expired","message":"This request could not be executed before expiry."}}
        """),
    WireFixture(
        "supervised example", SupervisedLine.self, nil,
        """
        {"messages":[{"role":"system","content":"Classify."},{"role":"user","content":[{"type":"image_url",
         "image_url":{"url":"data:image/png;base64,AA=="}}]},{"role":"assistant","content":"Cat","weight":0}]}
        """),
    WireFixture(
        "preference pair", PreferenceLine.self, nil,
        """
        {"input":{"messages":[{"role":"user","content":"Which?"}]},
         "preferred_output":[{"role":"assistant","content":"Cat"}],
         "non_preferred_output":[{"role":"assistant","content":"Dog"}]}
        """),
    WireFixture(
        "reinforcement example", ReinforcementLine.self, nil,
        #"{"messages":[{"role":"user","content":"Which?"}],"label":"Cat","difficulty":3}"#),
]

@Suite struct WireFixtureTests {
    @Test(arguments: wireFixtures)
    func readsAndWritesTheSameDocument(_ fixture: WireFixture) throws {
        let data = Data(fixture.json.utf8)
        #expect(try fixture.roundTrip(data).canonical == JSONValue(parsing: data).canonical)
    }

    /// Keys that the service really uses and the transcribed reference does not have, with where they were seen.
    private static let undocumented: [String: Set<String>] = [
        // In the answer of the service, in a Microsoft notebook.
        "FineTuningJob": ["trainingType"],
        "FineTuningJobCreation": ["trainingType"],
    ]

    @Test(
        .enabled(if: Shared.specs != nil, "needs ../shared/azure/specs"),
        arguments: wireFixtures.filter { $0.definition != nil })
    func usesTheNamesOfTheReference(_ fixture: WireFixture) throws {
        let specs = try #require(Shared.specs)
        let definition = try #require(fixture.definition)
        let reference = try JSONValue(parsing: Data(contentsOf: specs.appending(path: definition.file)))
        let properties = try #require(reference["definitions"]?[definition.name]?["properties"]?.object)
        let keys = try Set(#require(JSONValue(parsing: Data(fixture.json.utf8)).object).keys)
        let allowed = Set(properties.keys).union(WireFixtureTests.undocumented[definition.name] ?? [])
        #expect(keys.subtracting(allowed) == [])
    }
}

/// Optional files next to the package.
enum Shared {
    static let specs: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "../shared/azure/specs").standardizedFileURL
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()
}
