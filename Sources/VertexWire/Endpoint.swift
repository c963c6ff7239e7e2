// Endpoints and models of the registry.

/// An endpoint, which answers for one checkpoint of a tuned model.
package struct Endpoint: ProtoMessage {
    /// `projects/NUMBER/locations/L/endpoints/ID`.
    package var name: String?
    /// For people.
    package var displayName: String?
    /// For people.
    package var description: String?
    /// Exactly one for a tuned model.
    package var deployedModels: [DeployedModel]?
    /// The share of each deployed model, in percent.
    package var trafficSplit: [String: ProtoInt32]?
    /// Copied from the tuning job.
    package var labels: [String: String]?
    /// For optimistic locking.
    package var etag: String?
    /// RFC 3339.
    package var createTime: String?
    /// RFC 3339.
    package var updateTime: String?

    /// An endpoint with no field set.
    package init() {}

    /// A model on an endpoint.
    package struct DeployedModel: ProtoMessage {
        /// Unique within the endpoint; named by `undeployModel`.
        package var id: String?
        /// The model's name, with its version.
        package var model: String?
        /// The model's version.
        package var modelVersionId: String?
        /// For people.
        package var displayName: String?
        /// RFC 3339.
        package var createTime: String?
        /// The checkpoint.
        package var checkpointId: String?

        /// A model with no field set.
        package init() {}
    }
}

/// The body of `undeployModel`.
package struct UndeployModelRequest: ProtoMessage {
    /// The id within the endpoint.
    package var deployedModelId: String?
    /// The new shares; not needed for the last model.
    package var trafficSplit: [String: ProtoInt32]?

    /// A request with no field set.
    package init() {}
}

/// A model of the registry.
package struct RegistryModel: ProtoMessage {
    /// A deployment of the model.
    package struct Deployment: ProtoMessage {
        /// The endpoint's name.
        package var endpoint: String?
        /// The id within the endpoint.
        package var deployedModelId: String?
        /// The checkpoint.
        package var checkpointId: String?

        /// A deployment with no field set.
        package init() {}
    }

    /// A checkpoint of the model.
    package struct Checkpoint: ProtoMessage {
        /// From `1`.
        package var checkpointId: String?
        /// From 1.
        package var epoch: ProtoInt64?
        /// From 1.
        package var step: ProtoInt64?

        /// A checkpoint with no field set.
        package init() {}
    }

    /// `projects/NUMBER/locations/L/models/ID`.
    package var name: String?
    /// For people.
    package var displayName: String?
    /// For people.
    package var description: String?
    /// From `1`.
    package var versionId: String?
    /// `default` and others.
    package var versionAliases: [String]?
    /// The endpoints that answer for it. It cannot be deleted while there are any.
    package var deployedModels: [Deployment]?
    /// The checkpoint of the default endpoint.
    package var defaultCheckpointId: String?
    /// All checkpoints.
    package var checkpoints: [Checkpoint]?
    /// Copied from the tuning job.
    package var labels: [String: String]?
    /// For optimistic locking.
    package var etag: String?
    /// RFC 3339.
    package var createTime: String?
    /// RFC 3339.
    package var updateTime: String?

    /// A model with no field set.
    package init() {}
}

/// One page of models.
package struct RegistryModelList: ProtoMessage {
    /// Newest first.
    package var models: [RegistryModel]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

/// One page of a model's checkpoints.
package struct CheckpointList: ProtoMessage {
    /// Ordered by step.
    package var checkpoints: [RegistryModel.Checkpoint]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}
