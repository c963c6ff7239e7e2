// The forms of error bodies.

import AzureWire
import Foundation
import Testing

struct ErrorCase: CustomTestStringConvertible, Sendable {
    let id: String
    let json: String
    let code: String?
    let message: String?
    var filtered: [String]?
    var isContentFilter = false
    var testDescription: String { id }
}

private let filterMessage = "The response was filtered"

let errorCases: [ErrorCase] = [
    ErrorCase(
        id: "authoring",
        json: """
            {"error":{"code":"invalidPayload","message":"bad","target":"file",
             "details":[{"code":"jsonlValidationFailed","message":"line 3"}],
             "innererror":{"code":"invalidPayload","innererror":{"code":"deeper"}}}}
            """,
        code: "invalidPayload", message: "bad"),
    ErrorCase(
        id: "inference, live spelling",
        json: """
            {"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter",
             "status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":
             {"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false},
              "violence":{"filtered":true,"severity":"medium"}}}}}
            """,
        code: "content_filter", message: filterMessage, filtered: ["violence"], isContentFilter: true),
    ErrorCase(
        id: "inference, spelling of the reference",
        json: """
            {"error":{"message":"The response was filtered","code":"content_filter","inner_error":
             {"code":"ResponsibleAIPolicyViolation","content_filter_results":
             {"sexual":{"filtered":true,"severity":"high"},"jailbreak":{"filtered":true,"detected":true}}}}}
            """,
        code: "content_filter", message: filterMessage, filtered: ["jailbreak", "sexual"], isContentFilter: true),
    ErrorCase(
        id: "filter without particulars",
        json: #"{"error":{"message":"The response was filtered","code":"content_filter"}}"#,
        code: "content_filter", message: filterMessage, isContentFilter: true),
    ErrorCase(
        id: "v1", json: #"{"error":{"code":"not_found","message":"no","param":null,"type":"error","inner_error":{}}}"#,
        code: "not_found", message: "no"),
    ErrorCase(
        id: "number in a string", json: #"{"error":{"code":"429","message":"slow down"}}"#, code: "429",
        message: "slow down"),
    ErrorCase(
        id: "number", json: #"{"error":{"code":429,"message":"slow down"}}"#, code: "429", message: "slow down"),
    ErrorCase(
        id: "control plane",
        json: """
            {"error":{"code":"InsufficientQuota","message":"no room","target":"sku","details":[],
             "additionalInfo":[{"type":"PolicyViolation","info":{}}]}}
            """,
        code: "InsufficientQuota", message: "no room"),
    ErrorCase(
        id: "gateway", json: #"{"statusCode":404,"message":"Resource not found"}"#, code: "404",
        message: "Resource not found"),
    ErrorCase(id: "text", json: #"{"error":"model 'x' not found"}"#, code: nil, message: "model 'x' not found"),
    ErrorCase(
        id: "flat", json: #"{"object":"error","message":"no such model","type":"NotFoundError","code":404}"#,
        code: "404", message: "no such model"),
    ErrorCase(id: "detail", json: #"{"detail":"Not Found"}"#, code: nil, message: "Not Found"),
]

@Suite struct ErrorBodyTests {
    @Test(arguments: errorCases)
    func reads(_ error: ErrorCase) throws {
        let body = try JSONDecoder().decode(ErrorBody.self, from: Data(error.json.utf8))
        #expect(body.error.code == error.code)
        #expect(body.error.message == error.message)
        #expect(body.error.innerError?.contentFilterResults?.filtered == error.filtered)
        #expect(body.error.isContentFilter == error.isContentFilter)
    }

    @Test(arguments: errorCases)
    func isTheSameAfterWriting(_ error: ErrorCase) throws {
        let body = try JSONDecoder().decode(ErrorBody.self, from: Data(error.json.utf8))
        let again = try JSONDecoder().decode(ErrorBody.self, from: JSONEncoder().encode(body))
        #expect(again == body)
    }

    @Test(arguments: [#"{}"#, #"{"id":"batch_1","object":"batch"}"#, #"[]"#])
    func isNotFoundInOtherDocuments(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ErrorBody.self, from: Data(json.utf8)) }
    }
}
