// Downloads an archive and resumes an interrupted download.

import Basics
import Execution
import Foundation
import Planning
import Platform

struct FetchArchiveRunner: StepRunner {
    let work: FetchArchive

    func run(_ context: StepContext) async throws -> StepOutcome {
        // Next to the scratch folder with its own name, so that the next attempt finds the bytes received.
        let partial = try context.persistentPath("download")
        // Without a digest to verify, parts of two versions of the archive could be combined.
        let canGoOn = work.identity.sha256 != nil
        let url = work.identity.url
        let shown = HTTPRequestValue.withoutSecrets(work.settings.shownURL)
        let transport = CurlTransport()
        try await context.inOwnLane {
            var failures = 0
            while true {
                let offset = canGoOn ? (try LocalFileSystem().status(partial))?.size ?? 0 : 0
                var fields: HTTPFields = [:]
                if offset > 0 { fields["range"] = "bytes=\(offset)-" }
                do {
                    let answer = try await transport.send(
                        HTTPRequestValue(
                            .get, url, fields: fields, destination: .file(path: partial, offset: offset), timeout: nil,
                            redirects: .anywhere,
                            onProgress: { progress in
                                let done = progress.received + offset
                                let total = progress.toReceive.map { $0 + offset }
                                context.progress(
                                    total.map { Double(done) / Double(max(1, $0)) },
                                    "\(done / 1_000_000) MB" + (total.map { " of \($0 / 1_000_000) MB" } ?? ""))
                            }))
                    switch answer.status {
                    case 200, 206: return
                    case 416: return  // Nothing is left to fetch; the digest below verifies the file.
                    default: throw StepFailure.download(url: shown, status: answer.status)
                    }
                } catch let error as HTTPTransportError {
                    let error = error.shown(as: shown, insteadOf: url)
                    guard failures < 8 else { throw error }
                    failures += 1
                    context.note(
                        "the download was interrupted (\(error)); "
                            + (canGoOn
                                ? "resuming"
                                : "restarting: with sha256 in the spec, downloads are resumed"))
                    try await context.clock.sleep(seconds: Double(failures))
                }
            }
        }
        let found = try FileDigest(ofFileAt: partial).digest
        if let expected = work.identity.sha256, expected != found {
            try LocalFileSystem().remove(partial)
            throw StepFailure.digestDiffers(url: shown, expected: expected, found: found)
        }
        return StepOutcome([FetchArchive.archive: .file(partial)], facts: ["url": .string(shown)])
    }
}

extension HTTPTransportError {
    /// The error with the address as the spec writes it. The library's message may repeat the host, so it is omitted
    /// if the two addresses differ.
    fileprivate func shown(as text: String, insteadOf url: String) -> HTTPTransportError {
        guard text != HTTPRequestValue.withoutSecrets(url) else { return self }
        return HTTPTransportError(reason, outcome: outcome, request: "GET \(text)")
    }
}
