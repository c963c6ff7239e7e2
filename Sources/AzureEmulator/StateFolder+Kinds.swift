// The records and files of an emulated Azure account.

import Basics
import EmulatorCore
import Foundation

extension StateFolder.Kind {
    static let files = Self("files")
    static let uploads = Self("uploads")
    static let batches = Self("batches")
    static let jobs = Self("jobs")
    static let deployments = Self("deployments")

    static let all = [files, uploads, batches, jobs, deployments]
}

extension StateFolder {
    func content(of file: SafeName) throws(UnsafeName) -> URL { try self.file(.files, file, ".content") }
    /// The path of a new file that is being received.
    func incoming() -> URL { incoming(.files) }
    func part(_ part: SafeName, of upload: SafeName) throws(UnsafeName) -> URL {
        folder(.uploads).appending(try SafeName("\(upload).\(part)"))
    }
    func batchOutput(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".output.jsonl") }
    func batchErrors(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".errors.jsonl") }
    func events(of job: SafeName) throws(UnsafeName) -> URL { try file(.jobs, job, ".events.jsonl") }
    /// The folder of a job's checkpoints.
    func checkpoints(of job: SafeName) -> URL { folder(.jobs).appending(job, isFolder: true) }
}
