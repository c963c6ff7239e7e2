// Validates a batch's input file as the service does.

import AzureWire
import Basics
import EmulatorCore
import Foundation

/// The result of validating an input file.
struct BatchSurvey: Sendable {
    var lines = 0
    /// The deployment that all lines name.
    var model: String?
    var promptTokens = 0
    var errors: [BatchError] = []

    private static let maxErrors = 10
    static let bom: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Reads the file in constant memory.
    /// - Parameter endpoint: the endpoint that the batch names.
    static func of(_ file: URL, endpoint: BatchEndpoint, limits: ServiceLimits) async throws -> BatchSurvey {
        var survey = BatchSurvey()
        var reader = try LineReader(file)
        var ids: Set<String> = []
        var url: BatchEndpoint?
        var line = 0
        var isEmptyFile = true
        while let bytes = try reader.next() {
            if Task.isCancelled { return survey }
            line += 1
            isEmptyFile = false
            if line == 1, bytes.starts(with: bom) {
                survey.add(
                    "model_not_found",
                    "A valid model deployment name couldn't be extracted from the input file. Please ensure that "
                        + "each row in the input file has a valid deployment name specified in the 'model' field, "
                        + "and that the deployment name is consistent across all rows.", nil)
                return survey
            }
            if bytes.allSatisfy({ $0 == 32 || $0 == 9 }) { continue }
            survey.lines += 1
            if survey.lines > limits.batchLines {
                survey.add("too_many_tasks", "The input file has more than \(limits.batchLines) requests.", nil)
                return survey
            }
            guard let request = BatchRequest(bytes) else {
                survey.add("invalid_json_line", "The line is not a valid request in JSON.", line)
                continue
            }
            if !ids.insert(request.customID).inserted {
                survey.add("duplicate_custom_id", "The custom_id '\(request.customID)' is used on two lines.", line)
            }
            if request.method != "POST" {
                survey.add("invalid_request", "The method must be POST.", line)
            }
            if !request.url.means(endpoint) || (url.map { $0 != request.url } ?? false) {
                survey.add(
                    "url_mismatch", "The url '\(request.url.path)' is not that of the batch and of all lines.", line)
            }
            url = url ?? request.url
            guard let model = request.model, !model.isEmpty else {
                survey.add("model_not_found", "The line names no model deployment.", line)
                continue
            }
            if let first = survey.model, first != model {
                survey.add(
                    "model_mismatch", "The model '\(model)' is not that of the lines before, '\(first)'.", line)
            }
            survey.model = survey.model ?? model
            if case .success(let question) = request.question(limits) { survey.promptTokens += question.promptTokens }
        }
        if isEmptyFile {
            survey.add("empty_file", "The input file is empty.", nil)
        } else if survey.lines == 0 {
            survey.add("empty_batch", "The input file has no requests.", nil)
        }
        return survey
    }

    private mutating func add(_ code: String, _ message: String, _ line: Int?) {
        if errors.count < Self.maxErrors { errors.append(BatchError(code: code, message: message, line: line)) }
    }
}

/// One line of an input file.
struct BatchRequest: Sendable {
    var customID: String
    var method: String
    var url: BatchEndpoint
    var model: String?
    private var body: Result<ChatCompletionRequest, ServiceError>
    private var stops: [String] = []

    /// `nil` if the line is not an object with `custom_id`, `method`, `url` and `body`. If only the body is not a
    /// chat request, that line fails but the batch does not.
    init?(_ line: Data) {
        if let typed = try? BatchInputLine<ChatCompletionRequest>(json: line) {
            customID = typed.customID
            method = typed.method
            url = typed.url
            model = typed.body.model
            body = .success(typed.body)
            if let loose = try? BatchInputLine<JSONValue>(json: line) {
                do throws(ServiceError) {
                    try ChatRequestCheck.check(loose.body, isBatch: true)
                    stops = try ChatRequestCheck.stops(loose.body)
                } catch {
                    body = .failure(error)
                }
            }
        } else if let loose = try? BatchInputLine<JSONValue>(json: line),
            loose.body.object != nil
        {
            customID = loose.customID
            method = loose.method
            url = loose.url
            model = loose.body["model"]?.string
            body = .failure(ServiceError(400, "invalid_request_error", "The body is not a valid chat request."))
        } else {
            return nil
        }
    }

    func question(_ limits: ServiceLimits) -> Result<ChatQuestion, ServiceError> {
        body.flatMap { request in
            do throws(ServiceError) {
                var question = try ChatQuestion(request, limits: limits)
                question.stops = stops
                return .success(question)
            } catch {
                return .failure(error)
            }
        }
    }
}
