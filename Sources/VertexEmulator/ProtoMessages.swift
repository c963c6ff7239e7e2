// The fields of the messages that clients send (discovery documents aiplatform v1 and v1beta1 of 2026-11-06, storage v1).

import Basics

/// Field types by message and field. Output-only fields are listed too, because clients may send a resource back.
enum ProtoMessages {
    static let tables: [String: [String: ProtoType]] = [
        "GenerateContentRequest": [
            "cachedContent": .string, "contents": .list(.message("Content")), "continuationToken": .bytes,
            "generationConfig": .message("GenerationConfig"), "labels": .map(.string), "modelArmorConfig": .any,
            "outputConfig": .any, "safetySettings": .list(.message("SafetySetting")),
            "systemInstruction": .message("Content"), "toolConfig": .any, "tools": .list(.any),
        ],
        "CountTokensRequest": [
            "contents": .list(.message("Content")), "generationConfig": .message("GenerationConfig"),
            "instances": .list(.any), "model": .string, "systemInstruction": .message("Content"), "tools": .list(.any),
        ],
        "Content": ["parts": .list(.message("Part")), "role": .string],
        "Part": [
            "audioTranscription": .any, "codeExecutionResult": .any, "executableCode": .any,
            "fileData": .message("FileData"), "functionCall": .any, "functionResponse": .any,
            "inlineData": .message("Blob"), "mediaResolution": .message("PartMediaResolution"), "speechMetadata": .any,
            "text": .string, "thought": .bool, "thoughtSignature": .bytes, "videoMetadata": .any,
        ],
        "PartMediaResolution": ["level": .enumeration(resolutions + ["MEDIA_RESOLUTION_ULTRA_HIGH"]), "numTokens": .int32],
        "Blob": ["data": .bytes, "displayName": .string, "mimeType": .string],
        "FileData": ["displayName": .string, "fileUri": .string, "mimeType": .string],
        "GenerationConfig": [
            "audioTimestamp": .bool, "audioTranscriptionConfig": .any, "candidateCount": .int32,
            "enableAffectiveDialog": .bool, "frequencyPenalty": .double, "imageConfig": .any, "logprobs": .int32,
            "maxOutputTokens": .int32, "mediaResolution": .enumeration(resolutions), "presencePenalty": .double,
            "responseFormat": .list(.any), "responseJsonSchema": .any, "responseLogprobs": .bool,
            "responseMimeType": .string, "responseModalities": .list(.string), "responseSchema": .message("Schema"),
            "routingConfig": .any, "seed": .int32, "speechConfig": .any, "stopSequences": .list(.string),
            "temperature": .double, "thinkingConfig": .message("ThinkingConfig"), "topK": .double, "topP": .double,
            "translationConfig": .any,
        ],
        "ThinkingConfig": [
            "includeThoughts": .bool, "thinkingBudget": .int32,
            "thinkingLevel": .enumeration(["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"]),
        ],
        "Schema": [
            "additionalProperties": .any, "anyOf": .list(.message("Schema")), "default": .any,
            "defs": .map(.message("Schema")), "description": .string, "enum": .list(.string), "example": .any,
            "format": .string, "items": .message("Schema"), "maxItems": .int64, "maxLength": .int64,
            "maxProperties": .int64, "maximum": .double, "minItems": .int64, "minLength": .int64,
            "minProperties": .int64, "minimum": .double, "nullable": .bool, "pattern": .string,
            "properties": .map(.message("Schema")), "propertyOrdering": .list(.string), "ref": .string,
            "required": .list(.string), "title": .string,
            "type": .enumeration([
                "TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL",
            ]),
        ],
        "SafetySetting": [
            "category": .enumeration([
                "HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_DANGEROUS_CONTENT",
                "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_CIVIC_INTEGRITY",
                "HARM_CATEGORY_IMAGE_HATE", "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT", "HARM_CATEGORY_IMAGE_HARASSMENT",
                "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT", "HARM_CATEGORY_JAILBREAK",
            ]),
            "method": .enumeration(["HARM_BLOCK_METHOD_UNSPECIFIED", "SEVERITY", "PROBABILITY"]),
            "threshold": .enumeration([
                "HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE",
                "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF",
            ]),
        ],
        "BatchLine": ["request": .message("GenerateContentRequest")],
        "TrainingLine": [
            "contents": .list(.message("Content")), "generationConfig": .message("GenerationConfig"),
            "systemInstruction": .message("Content"), "tools": .list(.any),
        ],
        "BatchPredictionJob": [
            "completionStats": .any, "createTime": .string, "dedicatedResources": .any,
            "disableContainerLogging": .bool, "displayName": .string, "encryptionSpec": .any, "endTime": .string,
            "error": .any, "explanationSpec": .any, "generateExplanation": .bool,
            "inputConfig": .message("BatchInputConfig"), "instanceConfig": .any, "labels": .map(.string),
            "manualBatchTuningParameters": .any, "model": .string, "modelParameters": .any, "modelVersionId": .string,
            "name": .string, "outputConfig": .message("BatchOutputConfig"), "outputInfo": .any,
            "partialFailures": .any, "resourcesConsumed": .any, "satisfiesPzi": .bool, "satisfiesPzs": .bool,
            "serviceAccount": .string, "startTime": .string, "state": .string, "unmanagedContainerModel": .any,
            "updateTime": .string,
        ],
        "BatchInputConfig": [
            "bigquerySource": .any, "gcsSource": .message("GcsSource"), "instancesFormat": .string,
            "vertexMultimodalDatasetSource": .any,
        ],
        "GcsSource": ["uris": .list(.string)],
        "BatchOutputConfig": [
            "bigqueryDestination": .any, "gcsDestination": .message("GcsDestination"), "predictionsFormat": .string,
            "vertexMultimodalDatasetDestination": .any,
        ],
        "GcsDestination": ["outputUriPrefix": .string],
        "TuningJob": tuningJob,
        "v1beta1.TuningJob": tuningJob.merging(
            [
                "customBaseModel": .string, "distillationSpec": .any, "fullFineTuningSpec": .any, "outputUri": .string,
                "partnerModelTuningSpec": .any, "pipelineJob": .string, "reinforcementTuningSpec": .any,
                "satisfiesPzi": .bool, "satisfiesPzs": .bool, "tuningJobMetadata": .any, "tuningJobState": .string,
                "veoLoraTuningSpec": .any, "veoTuningSpec": .any,
                "supervisedTuningSpec": .message("v1beta1.SupervisedTuningSpec"),
            ], uniquingKeysWith: { $1 }),
        "SupervisedTuningSpec": [
            "evaluationConfig": .any, "exportLastCheckpointOnly": .bool,
            "hyperParameters": .message("SupervisedHyperParameters"), "trainingDatasetUri": .string,
            "validationDatasetUri": .string,
        ],
        "v1beta1.SupervisedTuningSpec": [
            "evaluationConfig": .any, "exportLastCheckpointOnly": .bool,
            "hyperParameters": .message("v1beta1.SupervisedHyperParameters"), "trainingDatasetUri": .string,
            "tuningMode": .string, "validationDatasetUri": .string,
        ],
        "SupervisedHyperParameters": hyperParameters,
        "v1beta1.SupervisedHyperParameters": hyperParameters.merging(
            ["batchSize": .int64, "learningRate": .double], uniquingKeysWith: { $1 }),
        "PreTunedModel": ["baseModel": .string, "checkpointId": .string, "tunedModelName": .string],
        "UndeployModelRequest": ["deployedModelId": .string, "trafficSplit": .map(.int32)],
        "Empty": [:],
        "Model": [
            "artifactUri": .string, "baseModelSource": .any, "checkpoints": .any, "createTime": .string,
            "defaultCheckpointId": .string, "deployedModels": .any, "description": .string, "displayName": .string,
            "etag": .string, "labels": .map(.string), "modelSourceInfo": .any, "name": .string, "updateTime": .string,
            "versionAliases": .list(.string), "versionCreateTime": .string, "versionDescription": .string,
            "versionId": .string, "versionUpdateTime": .string,
        ],
        "storage.Object": [
            "acl": .any, "bucket": .string, "cacheControl": .string, "contentDisposition": .string,
            "contentEncoding": .string, "contentLanguage": .string, "contentType": .string, "contexts": .any,
            "crc32c": .string, "customTime": .string, "etag": .string, "eventBasedHold": .bool, "generation": .int64,
            "id": .string, "kind": .string, "md5Hash": .string, "mediaLink": .string, "metadata": .map(.string),
            "metageneration": .int64, "name": .string, "selfLink": .string, "size": .int64, "storageClass": .string,
            "temporaryHold": .bool, "timeCreated": .string, "updated": .string,
        ],
    ]

    private static let resolutions = [
        "MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH",
    ]

    private static let hyperParameters: [String: ProtoType] = [
        "adapterSize": .enumeration([
            "ADAPTER_SIZE_UNSPECIFIED", "ADAPTER_SIZE_ONE", "ADAPTER_SIZE_TWO", "ADAPTER_SIZE_FOUR",
            "ADAPTER_SIZE_EIGHT", "ADAPTER_SIZE_SIXTEEN", "ADAPTER_SIZE_THIRTY_TWO",
        ]),
        "epochCount": .int64, "learningRateMultiplier": .double,
    ]

    private static let tuningJob: [String: ProtoType] = [
        "baseModel": .string, "createTime": .string, "description": .string, "encryptionSpec": .any,
        "endTime": .string, "error": .any, "evaluateDatasetRuns": .any, "experiment": .string,
        "gcsMetricsUri": .string, "labels": .map(.string), "name": .string,
        "preTunedModel": .message("PreTunedModel"), "preferenceOptimizationSpec": .any, "serviceAccount": .string,
        "startTime": .string, "state": .string, "supervisedTuningSpec": .message("SupervisedTuningSpec"),
        "tunedModel": .any, "tunedModelDisplayName": .string, "tuningDataStats": .any, "updateTime": .string,
    ]
}
