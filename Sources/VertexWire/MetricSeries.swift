// The metrics of a tuning job, kept by TensorBoard and the metadata store.

package import Basics

/// A context of the metadata store: a tuning job's experiment or one run of it.
package struct MetadataContext: ProtoMessage {
    /// `…/metadataStores/default/contexts/ID`.
    package var name: String?
    /// For people.
    package var displayName: String?
    /// `system.Experiment` or `system.ExperimentRun`.
    package var schemaTitle: String?
    /// The experiment of a run.
    package var parentContexts: [String]?
    /// `backing_tensorboard_resource` names the TensorBoard of an experiment.
    package var metadata: [String: JSONValue]?
    /// RFC 3339.
    package var createTime: String?

    /// A context with no field set.
    package init() {}
}

/// One page of contexts.
package struct MetadataContextList: ProtoMessage {
    /// The contexts.
    package var contexts: [MetadataContext]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

/// One metric of a run.
package struct TimeSeries: ProtoMessage {
    /// `…/timeSeries/ID`.
    package var name: String?
    /// The metric's name, such as `/train_total_loss`.
    package var displayName: String?
    /// `SCALAR`.
    package var valueType: String?

    /// A series with no field set.
    package init() {}
}

/// One page of series.
package struct TimeSeriesList: ProtoMessage {
    /// The series.
    package var tensorboardTimeSeries: [TimeSeries]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

/// The answer of `timeSeries:read`.
package struct TimeSeriesReading: ProtoMessage {
    /// The points of one series.
    package struct Data: ProtoMessage {
        /// The id of the series.
        package var tensorboardTimeSeriesId: String?
        /// `SCALAR`.
        package var valueType: String?
        /// By step.
        package var values: [Point]?

        /// Data with no field set.
        package init() {}
    }

    /// One point.
    package struct Point: ProtoMessage {
        /// A number.
        package struct Scalar: ProtoMessage {
            /// The number.
            package var value: ProtoDouble?

            /// A number with no field set.
            package init() {}
        }

        /// RFC 3339.
        package var wallTime: String?
        /// From 1.
        package var step: ProtoInt64?
        /// The number.
        package var scalar: Scalar?

        /// A point with no field set.
        package init() {}
    }

    /// The points.
    package var timeSeriesData: Data?

    /// A reading with no field set.
    package init() {}
}
