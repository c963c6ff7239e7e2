// What a provider can do: one small protocol per capability, over neutral values.

package import Basics
package import Foundation

/// Asks a model one question at a time.
package protocol Answering: Sendable {
    /// Asks a question. Throws `ProviderError`, or the errors of reading the images.
    /// - Parameters:
    ///   - target: what answers: a model, or what `Hosting` put up for it.
    ///   - settling: seconds for which a target that does not answer yet is asked again.
    func ask(_ question: Question, of target: String, settling: Double) async throws -> TimedReply
    /// Asks what a line of a batch's input asks, sending every parameter that the line has.
    func ask(batchLine: Data, of target: String, settling: Double) async throws -> TimedReply
}

/// A job at a provider that may carry one of our tags.
package struct TaggedJob: Hashable, Sendable {
    package var id: String
    /// The tags that the job carries, the likeliest first; none for a job that was not made by this program, or at a
    /// provider that keeps no tags.
    package var tags: [String]
    /// The tag that travelled with the create call.
    package var tag: String? { tags.first }
    /// The digest of the request, where the provider keeps it.
    package var fingerprint: Digest?
    /// The provider's own word for its state.
    package var status: String
    /// Whether it will not change any more.
    package var isEnd: Bool

    package init(id: String, tags: [String], fingerprint: Digest? = nil, status: String, isEnd: Bool) {
        self.id = id
        self.tags = tags
        self.fingerprint = fingerprint
        self.status = status
        self.isEnd = isEnd
    }
}

/// Looks after the jobs of one kind at a provider: for commands, where no step runs.
package protocol JobListing: Sendable {
    /// Throws `ProviderError`, of a job that is not there too.
    func taggedJob(_ id: String) async throws -> TaggedJob
    /// All jobs, ended ones and those without a tag included.
    func taggedJobs() async throws -> [TaggedJob]
    /// Ends a job. What is finished stays and is billed.
    func cancel(_ id: String) async throws
}

/// What a batch is created from.
package struct BatchRequest: Sendable {
    /// The model or deployment that the lines name; some providers want it in the create call instead.
    package var model: String
    /// Names the questions; travels with the create call where the provider keeps it.
    package var fingerprint: Digest
    /// The name of the input in the provider's storage; called only at a provider that keeps no tags.
    package var inputName: @Sendable () throws -> String
    /// Uploads the lines and gives the id or address in the provider's storage; called only when a batch will be created.
    package var input: @Sendable () async throws -> String

    package init(
        model: String, fingerprint: Digest, inputName: @escaping @Sendable () throws -> String,
        input: @escaping @Sendable () async throws -> String
    ) {
        self.model = model
        self.fingerprint = fingerprint
        self.inputName = inputName
        self.input = input
    }
}

/// A file of results that a batch left.
package struct ResultFileReference: Hashable, Sendable {
    /// The provider's id or address; untrusted text.
    package var id: String
    /// Whether it holds failures alone, so that answers can be read without it.
    package var isErrorFile: Bool

    package init(id: String, isErrorFile: Bool) {
        self.id = id
        self.isErrorFile = isErrorFile
    }
}

/// Asks many questions in one job.
package protocol Batching: JobListing {
    /// One batch as a paid job: its create call attaches the tag, and `find` looks it up.
    func job(_ request: BatchRequest) async -> any RemoteJobService
    /// The files that a batch left, answers first. None for a batch that ended before anything was finished.
    func resultFiles(of batch: JSONValue) throws -> [ResultFileReference]
    /// Downloads a result file to a path, which is replaced.
    func download(_ file: ResultFileReference, to path: String) async throws
    /// Goes through the lines of a downloaded result file in its order. No line is dropped: one that cannot be read is a
    /// reply of its own.
    func forEachLine(ofFileAt path: String, _ body: (ResultLine) throws -> Void) throws
}

/// What a tuning job is created from.
package struct TuningRequest: Sendable {
    package var recipe: TuningRecipe
    /// The readable part of the model's name.
    package var prefix: String?
    /// The names of the training and validation data in the provider's storage.
    package var trainingName: String
    package var validationName: String?
    /// Uploads the data and gives the ids or addresses; called only when a job will be created.
    package var files: @Sendable () async throws -> (training: String, validation: String?)

    package init(
        recipe: TuningRecipe, prefix: String?, trainingName: String, validationName: String?,
        files: @escaping @Sendable () async throws -> (training: String, validation: String?)
    ) {
        self.recipe = recipe
        self.prefix = prefix
        self.trainingName = trainingName
        self.validationName = validationName
        self.files = files
    }
}

/// Tunes a model on examples.
package protocol Tuning: JobListing {
    /// One tuning job as a paid job: its create call attaches the tag, and `find` looks it up.
    func job(_ request: TuningRequest) async -> any RemoteJobService
    /// What a job shows, from the provider's answer.
    func result(in detail: JSONValue) throws -> TuningResult
    /// The models that a job kept on its way, by step.
    func checkpoints(of job: String) async throws -> [TunedModel.Checkpoint]
    /// What a job reported of its steps; `nil` where it left nothing of the kind.
    func curve(of result: TuningResult) async throws -> TuningCurve?
    /// What a job reported so far, oldest first.
    func events(of job: String) async throws -> [TuningEvent]
}

/// Something that is up and answers for a model.
package struct HostedDeployment: Hashable, Sendable {
    package var name: String
    /// The model that it serves, where the provider shows it.
    package var model: String?

    package init(name: String, model: String?) {
        self.name = name
        self.model = model
    }
}

/// Puts up what must be running before a model can be asked, and takes it down.
package protocol Hosting: Sendable {
    /// The deployments as leases of one store: created under a name that the caller chooses, which is how they are found.
    /// - Parameter store: names the store; the same after its ledger was lost.
    func leases(store: String) -> any DeploymentService
    /// Everything that is up in the account.
    func list() async throws -> [HostedDeployment]
    /// Takes a deployment down and waits until it is gone; no error where it is gone already.
    func delete(_ name: String) async throws
}

/// What a file at a provider is for.
package enum StoragePurpose: String, Hashable, Sendable {
    case batch
    case tuning = "fine-tune"
}

/// The provider's files or object store.
package protocol Storage: Sendable {
    /// The files of one purpose, as uploads need them: a file's name carries its digest, which is how it is found.
    /// - Parameters:
    ///   - progressPath: where an upload in parts keeps how far it is, so that another process continues it.
    ///   - note: receives what a person should know.
    func files(
        for purpose: StoragePurpose, progressPath: String, note: @escaping @Sendable (String) -> Void
    ) -> any RemoteFileService
    /// The name of a file. Throws `ProviderError`; `isNotFound` where it is gone.
    func name(of id: String) async throws -> String
    /// Deletes a file; no error where it is gone already.
    func delete(_ id: String) async throws
}

/// A model that an account offers.
package struct OfferedModel: Hashable, Sendable {
    package var id: String
    /// Until when it can be asked and tuned, in seconds since 1970; `nil` where the provider does not say.
    package var askedUntil: Double?
    package var tunedUntil: Double?
    /// Whether the provider states an end for this model, be it for one use alone.
    package var hasEnd: Bool

    package init(id: String, askedUntil: Double? = nil, tunedUntil: Double? = nil, hasEnd: Bool = false) {
        self.id = id
        self.askedUntil = askedUntil
        self.tunedUntil = tunedUntil
        self.hasEnd = hasEnd
    }
}

/// Lists what an account offers: for `assay doctor`.
package protocol ModelListing: Sendable {
    func models() async throws -> [OfferedModel]
}
