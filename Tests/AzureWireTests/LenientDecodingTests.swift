// Known variations in the service's responses that must still decode.

import AzureWire
import Basics
import Foundation
import Testing

private func decode<Value: Decodable>(_ json: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
}

@Suite struct LenientDecodingTests {
    /// Guards: an object in place of an id counted as no id, and its answers were lost.
    @Test(arguments: [#""file-2""#, #"{"id":"file-2","object":"file"}"#])
    func anIDMayBeTheWholeObject(json: String) throws {
        let batch: Batch = try decode(#"{"id":"batch_1","status":"completed","output_file_id":\#(json),"error_file_id":{}}"#)
        #expect(batch.outputFileID == "file-2" && batch.errorFileID == nil)
        let job: FineTuningJob = try decode(
            #"{"id":"j","model":"m","training_file":"file-1","status":"succeeded","fine_tuned_model":\#(json)}"#)
        #expect(job.fineTunedModel == "file-2")
    }

    /// Guards: the reason of a failed job was lost where a server sends a text or a list.
    @Test(arguments: [#""bad row 3""#, #"[{"message":"bad row 3"},{"message":"bad row 4"}]"#, #"{"message":"bad row 3"}"#])
    func theErrorOfAJobMayBeATextOrAList(json: String) throws {
        let job: FineTuningJob = try decode(
            #"{"id":"j","model":"m","training_file":"file-1","status":"failed","error":\#(json)}"#)
        #expect(job.error?.message == "bad row 3")
    }

    @Test func batchRightAfterItsCreation() throws {
        let batch: Batch = try decode(
            """
            {"id":"batch_1","object":"batch","endpoint":null,"errors":null,"input_file_id":"file-1",
             "completion_window":"24h","status":"Validating","output_file_id":"","error_file_id":"",
             "created_at":"2024-07-19T17:33:28.000000Z","expires_at":"2024-07-20T17:33:28","request_counts":null,
             "metadata":null}
            """)
        #expect(batch.status == .validating)
        #expect(batch.outputFileID == nil && batch.errorFileID == nil)
        #expect(batch.createdAt == 1_721_410_408 && batch.expiresAt == 1_721_496_808)
        #expect(batch.requestCounts == nil && batch.endpoint == nil && batch.metadata == nil)
    }

    struct ErrorsCase: CustomTestStringConvertible, Sendable {
        let id: String
        let json: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        ErrorsCase(id: "list", json: #"{"object":"list","data":[{"code":"url_mismatch","message":"m","line":7}]}"#),
        ErrorsCase(id: "object", json: #"{"object":"list","data":{"code":"url_mismatch","message":"m","line":"7"}}"#),
        ErrorsCase(id: "list without an envelope", json: #"[{"code":"url_mismatch","message":"m","line":7}]"#),
        ErrorsCase(id: "one error", json: #"{"code":"url_mismatch","message":"m","line":7}"#),
    ])
    func batchErrorsAsListOrObject(_ errors: ErrorsCase) throws {
        let decoded: BatchErrors = try decode(errors.json)
        #expect(decoded.data == [BatchError(code: "url_mismatch", message: "m", line: 7)])
    }

    /// Guards: a batch that failed with its reason as a text was "failed without a reason".
    @Test(arguments: [
        #""errors": "no room""#, #""errors": ["no room"]"#, #""errors": {"message": "no room"}"#, #""error": "no room""#,
    ])
    func batchErrorsAsText(_ member: String) throws {
        let batch: Batch = try decode("{\"id\": \"b\", \"status\": \"failed\", \(member)}")
        #expect(batch.errors?.data.map(\.message) == ["no room"])
    }

    @Test func emptyBatchErrors() throws {
        #expect(try decode(#"{"object":"list","data":null}"#, as: BatchErrors.self).data.isEmpty)
        #expect(try decode(#"{"object":"list","data":""}"#, as: BatchErrors.self).data.isEmpty)
    }

    struct TimeCase: CustomTestStringConvertible, Sendable {
        let id: String
        let json: String
        let seconds: Int?
        var testDescription: String { id }
    }

    @Test(arguments: [
        TimeCase(id: "seconds", json: "1721410408", seconds: 1_721_410_408),
        TimeCase(id: "with a fraction", json: "1721410408.9", seconds: 1_721_410_408),
        TimeCase(id: "digits", json: #""1721410408""#, seconds: 1_721_410_408),
        TimeCase(id: "ISO 8601", json: #""2024-07-19T17:33:28Z""#, seconds: 1_721_410_408),
        TimeCase(id: "ISO 8601 with seven digits", json: #""2024-07-19T17:33:28.1234567+00:00""#, seconds: 1_721_410_408),
        TimeCase(id: "ISO 8601 elsewhere", json: #""2024-07-19T19:33:28+02:00""#, seconds: 1_721_410_408),
        TimeCase(id: "a word", json: #""soon""#, seconds: nil),
        TimeCase(id: "beyond all time", json: "1e300", seconds: nil),
    ])
    func times(_ time: TimeCase) throws {
        let decoded = try? decode(time.json, as: UnixTime.self)
        #expect(decoded?.seconds == time.seconds)
    }

    @Test func unknownStatus() throws {
        let job: FineTuningJob = try decode(#"{"id":"ftjob-1","status":"meditating","model":"m","training_file":"f"}"#)
        #expect(job.status.rawValue == "meditating" && !job.status.isKnown && !job.status.isTerminal)
    }

    @Test func jobWithNulls() throws {
        let job: FineTuningJob = try decode(
            """
            {"id":"ftjob-1","object":"fine_tuning.job","status":"pending","model":"m","training_file":"file-1",
             "validation_file":null,"result_files":null,"fine_tuned_model":null,"trained_tokens":null,
             "error":{"code":null,"message":null,"param":null},"organization_id":null,"finished_at":null,
             "hyperparameters":{"batch_size":-1,"learning_rate_multiplier":"auto","n_epochs":3},
             "user_provided_suffix":"dogs","trainingType":"globalstandard"}
            """)
        #expect(job.error == nil && job.resultFiles == nil && job.validationFile == nil)
        #expect(job.hyperparameters?.batchSize == .auto)
        #expect(job.hyperparameters?.learningRateMultiplier == .auto)
        #expect(job.hyperparameters?.nEpochs == .value(3))
        #expect(job.suffix == "dogs")
        #expect(job.trainingType == .globalStandard)
    }

    @Test func requestsOfOtherClients() throws {
        let request: FineTuningJobCreateRequest = try decode(
            #"{"model":"m","training_file":"file-1","hyperparameters":{},"trainingType":1,"validation_file":null}"#)
        #expect(request.trainingType == .standard)
        #expect(request.allHyperparameters.isEmpty)
        let nested: FineTuningJobCreateRequest = try decode(
            """
            {"model":"m","training_file":"f","hyperparameters":{"n_epochs":9,"batch_size":2},
             "method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":4}}}}
            """)
        #expect(nested.allHyperparameters == Hyperparameters(nEpochs: .value(4), batchSize: .value(2)))
        let batch: BatchCreateRequest = try decode(
            #"{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":null}"#)
        #expect(batch.metadata == nil)
        #expect(batch.endpoint != .azureChat && batch.endpoint.means(.azureChat))
        #expect(!BatchEndpoint("/v1/responses").means(.azureChat))
    }

    @Test func requestsThatMakeNoSenseAreRefused() {
        #expect(throws: DecodingError.self) {
            try decode(#"{"model":"m","training_file":"f","hyperparameters":{"n_epochs":"many"}}"#)
                as FineTuningJobCreateRequest
        }
        #expect(throws: DecodingError.self) {
            try decode(#"{"model":"m","training_file":"f","hyperparameters":{"n_epochs":1.5}}"#)
                as FineTuningJobCreateRequest
        }
        #expect(throws: DecodingError.self) {
            try decode(#"{"messages":[],"response_format":{"type":"xml"}}"#) as ChatCompletionRequest
        }
    }

    @Test func levelsOfBothReferences() throws {
        #expect(try decode(#""warn""#, as: EventLevel.self) == .warning)
        #expect(try decode(#""warning""#, as: EventLevel.self) == .warning)
    }

    @Test func metricsOfAnEvent() throws {
        let event: FineTuningEvent = try decode(
            #"{"message":"Step 3","type":"metrics","data":{"step":3,"train_loss":0.5},"level":"info"}"#)
        #expect(event.metrics?.step == 3 && event.metrics?.trainLoss == 0.5)
        let plain: FineTuningEvent = try decode(#"{"message":"Job started.","data":{},"level":"info"}"#)
        #expect(plain.metrics == nil)
    }

    @Test func filterThatWasOutOfOrder() throws {
        let results: ContentFilterResults = try decode(
            #"{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}"#)
        #expect(results.categories.isEmpty && results.error?.code == "content_filter_error")
    }

    @Test func answerWithoutUsageOrText() throws {
        let completion: ChatCompletion = try decode(
            """
            {"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
             "finish_reason":"content_filter","message":{"role":"assistant"},"logprobs":null,
             "content_filter_results":{"violence":{"filtered":true,"severity":"high"}}}],"usage":null}
            """)
        #expect(completion.usage == nil)
        #expect(completion.choices.first?.message.content == nil)
        #expect(completion.choices.first?.finishReason == .contentFilter)
        #expect(completion.choices.first?.contentFilterResults?.filtered == ["violence"])
    }

    @Test func emptyTextIsKept() throws {
        let message: ChatAnswerMessage = try decode(#"{"role":"assistant","content":""}"#)
        #expect(message.content?.isEmpty == true)
    }

    struct EndCase: CustomTestStringConvertible, Sendable {
        let id: String
        let json: String
        let isOver: Bool?
        var testDescription: String { id }
    }

    /// Guards: a batch whose final state has another name was polled forever.
    @Test(arguments: [
        EndCase(id: "completed", json: #""status":"completed""#, isOver: true),
        EndCase(id: "COMPLETED", json: #""status":"COMPLETED""#, isOver: true),
        EndCase(id: "done", json: #""status":"done""#, isOver: true),
        EndCase(id: "ended", json: #""status":"ended""#, isOver: true),
        EndCase(id: "processing", json: #""status":"processing","output_file_id":"f""#, isOver: false),
        EndCase(id: "unknown", json: #""status":"hibernating""#, isOver: nil),
        EndCase(id: "no status", json: #""output_file_id":"f""#, isOver: nil),
        EndCase(id: "unknown with a finish time", json: #""status":"over","completed_at":5"#, isOver: true),
        EndCase(
            id: "unknown with all results",
            json: #""status":"over","output_file_id":"f","request_counts":{"total":2,"completed":1,"failed":1}"#, isOver: true),
        EndCase(
            id: "unknown with some results",
            json: #""status":"over","output_file_id":"f","request_counts":{"total":2,"completed":1,"failed":0}"#, isOver: nil),
    ])
    func endsOfBatches(_ end: EndCase) throws {
        let batch = try JSONDecoder().decode(Batch.self, from: Data("{\"id\":\"b\",\(end.json)}".utf8))
        #expect(batch.isOver == end.isOver)
    }

    @Test(
        arguments: [
            (#""status":"succeeded""#, .succeeded), (#""status":"completed""#, .succeeded), (#""status":"SUCCESS""#, .succeeded),
            (#""status":"failed""#, .failed), (#""status":"validating_files""#, .working), (#""status":"hibernating""#, .unknown),
            (#""status":"over","fine_tuned_model":"m","finished_at":5"#, .succeeded),
            (#""status":"over","error":{"message":"why"}"#, .failed), (#""status":"over","error":{}"#, .unknown),
            (#""fine_tuned_model":"m","finished_at":5"#, .succeeded),
        ] as [(String, FineTuningStatus.Phase)])
    func endsOfJobs(_ json: String, _ phase: FineTuningStatus.Phase) throws {
        let job = try JSONDecoder().decode(FineTuningJob.self, from: Data("{\"id\":\"j\",\(json)}".utf8))
        #expect(job.phase == phase)
    }

    @Test(
        arguments: [
            (#"["file-1"]"#, ["file-1"]), (#"[{"id":"file-1"}]"#, ["file-1"]), ("null", nil), ("[]", []),
            (#"[{"x":1}]"#, [#"{"x":1}"#]),
        ] as [(String, [String]?)])
    func resultFilesOfJobs(_ json: String, _ ids: [String]?) throws {
        let job = try JSONDecoder().decode(
            FineTuningJob.self, from: Data(#"{"id":"j","status":"succeeded","result_files":\#(json)}"#.utf8))
        #expect(job.resultFiles?.map(\.text) == ids)
    }

    /// Guards: a bare array in the place of a list was rejected.
    @Test func aBareArrayIsAList() throws {
        let page = try JSONDecoder().decode(
            ListPage<FileObject>.self, from: Data(#"[{"id":"a"},{"id":"b"}]"#.utf8))
        #expect(page.data.map(\.id.text) == ["a", "b"])
        #expect(page.hasMore == nil)
    }
}
