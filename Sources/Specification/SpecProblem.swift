// All problems of a spec, as values without wording.

package import Basics

/// A problem of a spec. Each case has a `Code`, which `docs/errors.md` explains.
package enum SpecProblem: Hashable, Sendable {
    // Reading
    case unreadableFile(String, reason: String)
    case tooLarge(bytes: Int, limit: Int)
    case tooDeep(limit: Int)
    case tooManyNodes(limit: Int)
    case outOfMemory
    case notUTF8
    case controlCharacter(UInt8)
    case yamlSyntax(String, YAMLMistake)
    case duplicateKey(String)
    case keyIsNoText
    case mergeOfNoMap
    case unknownTag(String)
    case unknownAlias(String, nearest: String?)
    case aliasInsideItself(String)
    case emptyFile
    case severalDocuments
    case extendsCycle([String])
    case extendsTooLong(limit: Int)
    case badEnvironmentFile(line: Int)

    // Keys and types
    case unknownKey(String, of: String, nearest: String?, known: [String])
    case misplacedKey(String, of: String, belongsIn: String)
    case missingKey(String, of: String, meaning: String)
    case needsOneOf([String], of: String)
    case excludes([String], of: String)
    case wrongType(expected: String, found: String, mistake: TypeMistake?)
    case unknownValue(String, expected: String, nearest: String?, known: [String])
    case outOfRange(String, expected: String)
    case badFormat(String, expected: String)
    case badName(String)
    /// A text that is not a valid file name but becomes one.
    case badFileName(reason: String)
    /// A variant name that has another meaning on the command line or in reports.
    case reservedVariant(String)
    case newerFormat(Int64)
    case missingEnvironment(String, isNeededNow: Bool)
    case secretInSpec(String)
    /// An invalid server address. The problem omits the address, which may contain a secret.
    case badAddress(reason: String)
    /// Unencrypted HTTP to another machine.
    case insecureAddress(provider: String)
    /// A `${…` that is not a valid environment variable.
    case badVariable(String)

    // Meaning
    case unknownReference(kind: String, name: String, nearest: String?, known: [String])
    case unknownPart(String, nearest: String?)
    case unknownPath(String, component: String, nearest: String?)
    case unknownMetric(String, component: String, nearest: String?, known: [String])
    /// `{ labels }` and `{{ labels }`, which are sent literally.
    case singleBraces(String)
    case partlessDataset(split: String)
    /// A path that ends before it reaches a number.
    case metricGoesOn(String, known: [String])
    case metricWithoutLatency(String, evaluation: String)
    case unknownPlaceholder(String, known: [String])
    case imageParts(Int)
    /// An invalid task or option, with the task's own message.
    case badTask(String, hint: String?)
    /// A setting that the task cannot use, with advice.
    case unsupportedByTask(String, task: String, hint: String)
    /// `{{ question }}` outside of the user message.
    case itemVariableInSystem(String)
    /// A prompt without the variable that distinguishes the task's items, such as the question.
    case unusedVariable(String)
    case emptySplit(String)
    case emptyPart(SplitReference)
    case splitTooLarge(needed: Int, available: Int, of: String)
    /// Counts and percentages in one split.
    case mixedSplit
    case splitAboveWhole(percent: Double)
    case missingSeed
    case needsDataset
    /// Keys of a dataset that exclude each other, with advice.
    case inconsistentDataset(String, hint: String)
    /// A judge, or a request to one, that cannot judge.
    case badJudge(String, hint: String)
    /// Boxes in pixels requested from a model of a provider that resizes images.
    case pixelsOfResized(model: String)
    case fineTunedInBatch(model: String, request: String)
    case missingDeployment(model: String, key: String)
    case missingAsk(model: String)
    case localModelAsked(model: String)
    case recordedModelAsked(model: String)
    case missingSchemaName
    case missingControlPlane(model: String, provider: String, group: String, keys: [String])
    case wrongMethod(key: String, method: String, belongsTo: String)
    case missingGrader
    /// `evaluate_checkpoints` while the provider chooses the number of epochs.
    case checkpointsWithoutEpochs(key: String?)
    case batchSKUForOnline(sku: String)
    case tooFewExamples(Int, limit: Int)
    /// More validation examples than a share of the training examples, both for each label.
    case tooMuchValidation(Int, of: Int, share: Double)
    /// A key that the stable API versions do not support.
    case needsVersion(key: String, provider: String, version: String, hint: String)
    /// `training_type` for a provider that offers no choice.
    case noTrainingTypes(provider: String)
    case tooManyImages(Int, limit: Int)
    /// A model with unknown cost; an error if the spec has a budget, otherwise a warning.
    case missingPrice(
        model: String, use: PricedUse, table: String, nearest: String?, isBuiltIn: Bool, hasBudget: Bool)
    case retired(model: String, use: String, since: String)
    case differentImages([String])
    case testedOnTraining(SplitReference, models: [String])
    case inconsistentRecipe(String)
    case commandCycle([String])
    case unevenZip([Int])
    case tooManyVariants(Int, limit: Int)
    case duplicateVariant(String)
    case unknownVariant(String, nearest: String?, known: [String])

    /// The use of a model that needs a price.
    package enum PricedUse: Hashable, Sendable { case requests, training }

    /// A common mistake that explains a value of the wrong type.
    package enum TypeMistake: Hashable, Sendable {
        case quotedNumber(String)
        case quotedFlag(String)
        /// `yes` and `no`, which are strings in YAML 1.2.
        case yesNo(Bool)
        case unquotedText(String)
        case singleItem
        case percentage(Double)
        /// `1_000` and `1,000`; the associated value contains the digits only.
        case digitGroups(String)
        case mapForList
        case emptyValue
        /// Another value where a map with these keys is expected; the required keys, if there are any.
        case keysWanted([String])
        /// A word that requires a value; the associated value shows the expected form.
        case form(String)
    }

    /// The relation of a second position to a problem.
    package enum Related: Hashable, Sendable {
        case firstHere(String)
        case began(String)
        case definedHere(String)
        case usedHere(String)
        case inVariant(String)
    }

    /// The stable codes of problems, listed in `docs/errors.md`. Scripts may rely on them.
    package enum Code: String, CaseIterable, Sendable {
        case unreadableFile = "unreadable-file"
        case tooLarge = "too-large"
        case tooDeep = "too-deep"
        case aliasExpansion = "alias-expansion"
        case outOfMemory = "out-of-memory"
        case notUTF8 = "not-utf-8"
        case controlCharacter = "control-character"
        case yamlSyntax = "yaml-syntax"
        case duplicateKey = "duplicate-key"
        case complexKey = "complex-key"
        case badMerge = "bad-merge"
        case unknownTag = "unknown-tag"
        case unknownAlias = "unknown-alias"
        case emptyFile = "empty-file"
        case severalDocuments = "several-documents"
        case extendsCycle = "extends-cycle"
        case badEnvironmentFile = "bad-environment-file"
        case unknownKey = "unknown-key"
        case missingKey = "missing-key"
        case conflictingKeys = "conflicting-keys"
        case wrongType = "wrong-type"
        case unknownValue = "unknown-value"
        case outOfRange = "out-of-range"
        case badFormat = "bad-format"
        case badName = "bad-name"
        case newerFormat = "newer-format"
        case missingEnvironment = "missing-environment"
        case secretInSpec = "secret-in-spec"
        case badAddress = "bad-address"
        case insecureAddress = "insecure-address"
        case badVariable = "bad-variable"
        case unknownReference = "unknown-reference"
        case unknownPath = "unknown-path"
        case unknownMetric = "unknown-metric"
        case badTemplate = "bad-template"
        case badTask = "bad-task"
        case unsupportedByTask = "unsupported-by-task"
        case emptySplit = "empty-split"
        case splitTooLarge = "split-too-large"
        case missingSeed = "missing-seed"
        case missingDataset = "missing-dataset"
        case inconsistentDataset = "inconsistent-dataset"
        case badJudge = "bad-judge"
        case fineTunedInBatch = "fine-tuned-in-batch"
        case missingDeployment = "missing-deployment"
        case wrongAsk = "wrong-ask"
        case missingSchemaName = "missing-schema-name"
        case missingControlPlane = "missing-control-plane"
        case wrongMethod = "wrong-method"
        case providerLimit = "provider-limit"
        case missingPrice = "missing-price"
        case retiredModel = "retired-model"
        case differentImages = "different-images"
        case testedOnTraining = "tested-on-training"
        case inconsistentRecipe = "inconsistent-recipe"
        case commandCycle = "command-cycle"
        case badSweep = "bad-sweep"
        case unknownVariant = "unknown-variant"
    }

    /// The stable code; several problems may share one.
    package var code: Code {
        switch self {
        case .unreadableFile: .unreadableFile
        case .tooLarge: .tooLarge
        case .tooDeep: .tooDeep
        case .tooManyNodes: .aliasExpansion
        case .outOfMemory: .outOfMemory
        case .notUTF8: .notUTF8
        case .controlCharacter: .controlCharacter
        case .yamlSyntax: .yamlSyntax
        case .duplicateKey: .duplicateKey
        case .keyIsNoText: .complexKey
        case .mergeOfNoMap: .badMerge
        case .unknownTag: .unknownTag
        case .unknownAlias, .aliasInsideItself: .unknownAlias
        case .emptyFile: .emptyFile
        case .severalDocuments: .severalDocuments
        case .extendsCycle, .extendsTooLong: .extendsCycle
        case .badEnvironmentFile: .badEnvironmentFile
        case .unknownKey, .misplacedKey: .unknownKey
        case .missingKey: .missingKey
        case .needsOneOf: .missingKey
        case .excludes: .conflictingKeys
        case .wrongType: .wrongType
        case .unknownValue: .unknownValue
        case .outOfRange: .outOfRange
        case .badFormat: .badFormat
        case .badName, .badFileName, .reservedVariant: .badName
        case .newerFormat: .newerFormat
        case .missingEnvironment: .missingEnvironment
        case .secretInSpec: .secretInSpec
        case .badAddress: .badAddress
        case .insecureAddress: .insecureAddress
        case .badVariable: .badVariable
        case .unknownReference, .unknownPart: .unknownReference
        case .unknownPath: .unknownPath
        case .unknownMetric, .metricGoesOn, .metricWithoutLatency: .unknownMetric
        case .unknownPlaceholder, .imageParts, .singleBraces, .itemVariableInSystem, .unusedVariable: .badTemplate
        case .badTask: .badTask
        case .unsupportedByTask: .unsupportedByTask
        case .emptySplit, .emptyPart, .partlessDataset: .emptySplit
        case .splitTooLarge, .mixedSplit, .splitAboveWhole: .splitTooLarge
        case .missingSeed: .missingSeed
        case .needsDataset: .missingDataset
        case .inconsistentDataset: .inconsistentDataset
        case .badJudge: .badJudge
        case .fineTunedInBatch: .fineTunedInBatch
        case .missingDeployment, .batchSKUForOnline: .missingDeployment
        case .missingAsk, .localModelAsked, .recordedModelAsked: .wrongAsk
        case .missingSchemaName: .missingSchemaName
        case .missingControlPlane: .missingControlPlane
        case .wrongMethod, .missingGrader, .checkpointsWithoutEpochs: .wrongMethod
        case .tooFewExamples, .tooMuchValidation, .tooManyImages, .pixelsOfResized, .needsVersion, .noTrainingTypes:
            .providerLimit
        case .missingPrice: .missingPrice
        case .retired: .retiredModel
        case .differentImages: .differentImages
        case .testedOnTraining: .testedOnTraining
        case .inconsistentRecipe: .inconsistentRecipe
        case .commandCycle: .commandCycle
        case .unevenZip, .tooManyVariants, .duplicateVariant: .badSweep
        case .unknownVariant: .unknownVariant
        }
    }

    /// Whether the problem prevents the run. A missing variable or price may be either, depending on use and budget.
    package var severity: Diagnostic.Severity {
        switch self {
        case .retired, .differentImages, .testedOnTraining, .singleBraces, .unusedVariable: .warning
        case .missingEnvironment(_, let isNeededNow): isNeededNow ? .error : .warning
        case .missingPrice(_, _, _, _, _, let hasBudget): hasBudget ? .error : .warning
        default: .error
        }
    }
}
