// The capabilities of a provider: one small protocol each, over provider-neutral values.

package import Basics
package import Foundation

/// Asks a model one question at a time.
package protocol Answering: Sendable {
    /// Asks a question. Throws `ProviderError`, or the errors of reading the images.
    /// - Parameters:
    ///   - target: a model, or the deployment that `Hosting` created for it.
    ///   - settling: seconds during which a target that does not answer yet is asked again.
    func ask(_ question: Question, of target: String, settling: Double) async throws -> TimedReply
    /// Asks the question of a batch input line, sending every parameter of the line.
    func ask(batchLine: Data, of target: String, settling: Double) async throws -> TimedReply
}

/// A job at a provider that may carry a tag of this program.
package struct TaggedJob: Hashable, Sendable {
    /// The provider's id; untrusted text.
    package var id: String
    /// The tags that the job carries, most likely first. Empty for a job that this program did not create, and at a
    /// provider that keeps no tags.
    package var tags: [String]
    /// The tag sent with the create call.
    package var tag: String? { tags.first }
    /// The digest of the request, if the provider keeps it.
    package var fingerprint: Digest?
    /// The state, as the provider spells it.
    package var status: String
    /// Whether the state is final.
    package var isEnd: Bool

    /// - Parameter tags: most likely first.
    package init(id: String, tags: [String], fingerprint: Digest? = nil, status: String, isEnd: Bool) {
        self.id = id
        self.tags = tags
        self.fingerprint = fingerprint
        self.status = status
        self.isEnd = isEnd
    }
}

/// A list of an account's resources, and the parts of the account that could not be listed: what they hold is unknown.
package struct AccountList<Item: Sendable>: Sendable {
    /// The resources that were listed.
    package var items: [Item]
    /// One phrase for each part that could not be listed, with the provider's reason; untrusted text.
    package var unlisted: [String]

    /// - Parameter unlisted: empty for a complete list.
    package init(_ items: [Item], unlisted: [String] = []) {
        self.items = items
        self.unlisted = unlisted
    }
}

/// Lists and cancels the jobs of one kind at a provider, for commands that run outside of a step.
package protocol JobListing: Sendable {
    /// One job, by its id or by another id that the provider shows to people; the result has the id. Throws `ProviderError`,
    /// also for a job that does not exist.
    func taggedJob(_ id: String) async throws -> TaggedJob
    /// All jobs, including ended jobs and jobs without a tag.
    func taggedJobs() async throws -> AccountList<TaggedJob>
    /// Cancels a job. Finished work is kept and billed.
    func cancel(_ id: String) async throws
}

/// The inputs for creating a batch.
package struct BatchRequest: Sendable {
    /// The model or deployment that the lines name; some providers require it in the create call instead.
    package var model: String
    /// Identifies the questions; sent with the create call if the provider keeps it.
    package var fingerprint: Digest
    /// The name of the input in the provider's storage; only called at a provider that keeps no tags.
    package var inputName: @Sendable () throws -> String
    /// Uploads the lines and returns their id or address in the provider's storage; only called when a batch will be
    /// created.
    package var input: @Sendable () async throws -> String

    /// - Parameter input: uploads the lines, which can be large; only called when a batch will be created.
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

/// A result file that an ended batch names, in the provider's terms.
package struct ResultFileReference: Hashable, Sendable {
    /// The provider's id or address; untrusted text.
    package var id: String
    /// Whether the file only holds failures, so that answers can be read without it.
    package var isErrorFile: Bool

    /// - Parameter isErrorFile: whether the file only holds failures.
    package init(id: String, isErrorFile: Bool) {
        self.id = id
        self.isErrorFile = isErrorFile
    }
}

/// Asks many questions in one job.
package protocol Batching: JobListing {
    /// One batch as a paid job: its create call attaches the tag, and `find` looks it up.
    func job(_ request: BatchRequest) async -> any RemoteJobService
    /// The result files of a batch, answers first. Empty for a batch that ended before any line was finished.
    func resultFiles(of batch: JSONValue) throws -> [ResultFileReference]
    /// Downloads a result file to a path, replacing any file there.
    func download(_ file: ResultFileReference, to path: String) async throws
    /// Visits the lines of a downloaded result file in order. No line is dropped: an unreadable line becomes a reply
    /// of its own.
    func forEachLine(ofFileAt path: String, _ body: (ResultLine) throws -> Void) throws
}

/// The inputs for creating a tuning job.
package struct TuningRequest: Sendable {
    /// The base model, method and hyperparameters.
    package var recipe: TuningRecipe
    /// The readable part of the model's name.
    package var prefix: String?
    /// The name of the training data in the provider's storage.
    package var trainingName: String
    /// The name of the validation data in the provider's storage; `nil` without validation.
    package var validationName: String?
    /// Uploads the data and returns the ids or addresses; only called when a job will be created.
    package var files: @Sendable () async throws -> (training: String, validation: String?)

    /// - Parameter files: uploads the data; only called when a job will be created.
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
    /// The outcome of a job, from the provider's response.
    func result(in detail: JSONValue) throws -> TuningResult
    /// The intermediate models of a job, ordered by step.
    func checkpoints(of job: String) async throws -> [TunedModel.Checkpoint]
    /// The metrics of a job's steps; `nil` if the job left none.
    func curve(of result: TuningResult) async throws -> TuningCurve?
    /// The events of a job so far, oldest first.
    func events(of job: String) async throws -> [TuningEvent]
}

/// A running deployment that answers for a model.
package struct HostedDeployment: Hashable, Sendable {
    /// The name under which it is asked and deleted.
    package var name: String
    /// The model that it serves, if the provider reports it.
    package var model: String?

    /// - Parameter model: `nil` if the provider does not report it.
    package init(name: String, model: String?) {
        self.name = name
        self.model = model
    }
}

/// Creates and deletes the deployments that some providers require before a model can be asked.
package protocol Hosting: Sendable {
    /// The deployments as leases of one store. They are created under names that the caller chooses, by which they
    /// are found again.
    /// - Parameter store: identifies the store; it must not change when the store's ledger is lost.
    func leases(store: String) -> any DeploymentService
    /// All deployments of the account, including those of other programs.
    func list() async throws -> [HostedDeployment]
    /// Deletes a deployment and waits until it is gone; no error if it does not exist.
    func delete(_ name: String) async throws
}

/// A tuned model that stays at a provider after the run, with everything that answers for it.
package struct KeptModel: Hashable, Sendable {
    /// The provider's name of the model; untrusted text.
    package var id: String
    /// The tag of the job that produced it.
    package var tag: String
    /// The base model, if the provider reports it.
    package var base: String?
    /// The number of endpoints that answer for it.
    package var endpoints: Int

    /// - Parameter tag: the tag of the job that produced the model.
    package init(id: String, tag: String, base: String?, endpoints: Int) {
        self.id = id
        self.tag = tag
        self.base = base
        self.endpoints = endpoints
    }
}

/// Why a tuned model may not answer at the provider.
package enum KeptModelState: Hashable, Sendable {
    /// It exists and was tuned moments ago, so that it may answer soon.
    case new
    /// It exists, or its job does not show where it is.
    case kept
    /// It no longer exists.
    case deleted
}

/// Lists and deletes the tuned models that a provider keeps, for commands that run outside of a step. A deleted model
/// cannot be restored.
package protocol ModelKeeping: Sendable {
    /// The models that carry a tag of this program, whoever created them.
    func keptModels() async throws -> AccountList<KeptModel>
    /// The state of the model that a job produced. Throws `ProviderError` if it cannot be determined.
    func state(ofModelFrom job: String) async throws -> KeptModelState
    /// Deletes a model with its endpoints and waits until they are gone; no error for what does not exist.
    func delete(_ model: KeptModel) async throws
}

/// The purpose of a file at a provider.
package enum StoragePurpose: String, Hashable, Sendable {
    /// Input lines of a batch; may expire.
    case batch
    /// Training or validation data.
    case tuning = "fine-tune"
}

/// The provider's file API or object store.
package protocol Storage: Sendable {
    /// The files of one purpose, for uploads. A file's name carries its digest, by which it is found again.
    /// - Parameters:
    ///   - progressPath: the file that records the progress of an upload in parts, so that another process can resume
    ///     it.
    ///   - note: receives messages for the user.
    func files(
        for purpose: StoragePurpose, progressPath: String, note: @escaping @Sendable (String) -> Void
    ) -> any RemoteFileService
    /// The name of a file. Throws `ProviderError`, for a deleted file one with `isNotFound`.
    func name(of id: String) async throws -> String
    /// Deletes a file; no error if it does not exist.
    func delete(_ id: String) async throws
}

/// A model that an account offers, with the dates until which the provider offers it.
package struct OfferedModel: Hashable, Sendable {
    /// The provider's name of the model.
    package var id: String
    /// The time until which it can be asked, in seconds since 1970; `nil` if not stated.
    package var availableUntil: Double?
    /// The time until which it can be tuned, in seconds since 1970; `nil` if not stated.
    package var tunableUntil: Double?
    /// Whether the provider states an end date for this model, even for one use only.
    package var hasEndDate: Bool

    /// - Parameter hasEndDate: whether the provider states an end date for any use of the model.
    package init(id: String, availableUntil: Double? = nil, tunableUntil: Double? = nil, hasEndDate: Bool = false) {
        self.id = id
        self.availableUntil = availableUntil
        self.tunableUntil = tunableUntil
        self.hasEndDate = hasEndDate
    }
}

/// Lists the models of an account, for `assay doctor`.
package protocol ModelListing: Sendable {
    /// All models that the provider lists for the account. Throws `ProviderError`.
    func models() async throws -> [OfferedModel]
}
