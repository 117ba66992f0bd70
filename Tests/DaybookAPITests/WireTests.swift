import Daybook
import DaybookAPI
import Testing

/// A type of documents with the members that it has on the wire. `?` marks one that may be absent.
struct WireForm: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let members: Set<String>
    let schema: APISchema
    /// The example, encoded.
    let example: @Sendable () throws -> [UInt8]
    /// A document that is decoded and encoded again.
    let reencoded: @Sendable ([UInt8]) throws -> [UInt8]
    /// `true` when the example is the same once it was encoded and decoded.
    let isKept: @Sendable () throws -> Bool

    init<Document: APIDocument & Equatable>(_ type: Document.Type, _ members: String) {
        testDescription = "\(type)"
        self.members = Set(members.split(separator: " ").map { String($0) })
        schema = APISchema(type)
        example = { try JSON.encode(Document.example) }
        reencoded = { try JSON.encode(JSON.decode(Document.self, from: $0)) }
        isKept = { try JSON.decode(Document.self, from: JSON.encode(Document.example)) == Document.example }
    }

    static let all = writer + projections + parking + rows + health

    private static let writer = [
        WireForm(CommandResponse.self, "id version position? token?"),
        WireForm(StateResponse.self, "id version state"),
        WireForm(ForgettingResponse.self, "id version token? store"),
        WireForm(StoreForgettingReport.self, "unreadableEvents plainEvents isLogEmptied"),
        WireForm(QuarantineResponse.self, "quarantined"),
        WireForm(QuarantineEntry.self, "stream command? signal since"),
        WireForm(
            EventResponse.self,
            "epoch position id stream version type schemaVersion occurredAt recordedAt data metadata state?"),
        WireForm(HeadResponse.self, "epoch position partitions"), WireForm(PartitionHead.self, "partition offset"),
        WireForm(ProblemDocument.self, "type title status detail? code?"),
        WireForm(LogPageResponse.self, "epoch partition head next events"),
        WireForm(
            LogEventResponse.self,
            """
            specversion id source type subject time datacontenttype partition offset epoch streamversion recordedtime \
            chain correlationid causationid? actor? traceparent? schemaversion? compensates? custom? data
            """),
        WireForm(
            BatchCommand.self,
            """
            ref? category id? command body? expectedVersion? exists? idempotencyKey? actor? correlationId? \
            causationId? metadata? traceparent? lenient?
            """),
        WireForm(BatchResult.self, "line ref? status response"),
        WireForm(BatchProblem.self, "line? ref? status retryAfter? problem"),
    ]

    private static let projections = [
        WireForm(ProjectionsResponse.self, "projections"),
        WireForm(
            ProjectionReport.self,
            """
            projection version? sources? waitsFor generation? generations checkpoints? hasRemains? parked? unreadable \
            unreadableDropped? eventsPerSecond isStandby isPaused isConnected isCurrent lag lagSeconds problem? \
            connectionProblem? lanes
            """),
        WireForm(
            GenerationReport.self,
            """
            number version? role isFed isHeld refusal? problem? done total lag eventsPerSecond? secondsLeft? \
            waitsFor? bytes checkpoints? hasRemains?
            """),
        WireForm(LaneReport.self, "source partition epoch? checkpoint head lag lagSeconds state problem?"),
        WireForm(FileCheckpoint.self, "source partition epoch offset"),
        WireForm(RebuildRequest.self, "hold? requireEqual?"), WireForm(RollbackRequest.self, "force?"),
        WireForm(RebuildEstimate.self, "events sample eventsPerSecond seconds bytes freeBytes"),
        WireForm(ComparisonResponse.self, "state done total differences problem?"),
        WireForm(TableDifferenceReport.self, "table onlyInFirst onlyInSecond first second"),
    ]

    private static let parking = [
        WireForm(ParkedResponse.self, "parked next?"),
        WireForm(
            ParkedEventReport.self,
            """
            source partition offset stream eventId type reason? parkedAt waiting schemaVersion version occurredAt data
            """),
        WireForm(ParkedRetryResponse.self, "stream posted reason?"),
        WireForm(UnreadableResponse.self, "unreadable dropped"),
        WireForm(
            UnreadableMessageReport.self, "id partition reason keptAt bodySize attributes? body? bodyBase64?"),
        WireForm(DroppedResponse.self, "dropped"),
    ]

    private static let rows = [
        WireForm(BuildProgress.self, "done total"), WireForm(TableHead.self, "table columns"),
        WireForm(TableRow.self, "table row"), WireForm(RowsEnd.self, "rows events parked"),
        WireForm(RowsProblem.self, "problem"),
    ]

    private static let health = [
        WireForm(LivenessResponse.self, "status"), WireForm(ReadinessResponse.self, "status checks"),
        WireForm(ReadinessCheck.self, "ready detail"),
    ]
}

@Suite struct `A document` {
    @Test(arguments: WireForm.all) func `is the same once it was encoded and decoded`(form: WireForm) throws {
        #expect(try form.isKept())
        #expect(try form.reencoded(form.example()) == form.example())
    }

    @Test(arguments: WireForm.all) func `has the members that its readers know`(form: WireForm) throws {
        let fields = try form.schema.form().fields.filter { !$0.key.contains(".") && !$0.key.hasSuffix("[]") }
        #expect(Set(fields.map { $0.value.isOptional ? "\($0.key)?" : $0.key }) == form.members)
    }

    @Test(arguments: WireForm.all) func `is read with members that the code does not know`(form: WireForm) throws {
        // A problem keeps them.
        if form.schema.name == "ProblemDocument" { return }
        guard case .object(var members) = try form.schema.form().example else {
            Issue.record("it is no object")
            return
        }
        members["of-a-later-version"] = ["a": [1]]
        let reencoded = try form.reencoded(JSONData.object(members).bytes)
        #expect(try reencoded.withUnsafeBytes { try JSONData($0) } == form.schema.form().example)
    }

    @Test func `is of a type that is listed`() {
        #expect(WireForm.all.map(\.schema.name).sorted() == APISchema.all.map(\.name).sorted())
    }
}

@Suite struct `The values of documents` {
    private let epoch = "01a21541-9950-7000-afd6-37a190a716d8"

    private func text(_ document: some APIDocument) throws -> String {
        String(decoding: try JSON.encode(document), as: UTF8.self)
    }

    @Test func `are numbers for versions, positions, offsets and partitions, and texts for ids and times`() throws {
        #expect(
            try text(CommandResponse.example)
                == #"{"id":"ada","position":5,"token":"users-writer/\#(epoch)/3/5","version":3}"#)
        #expect(
            try text(FileCheckpoint.example)
                == #"{"epoch":"\#(epoch)","offset":5,"partition":3,"source":"users-writer"}"#)
        let since = "2026-11-23T22:26:54.113517Z"
        #expect(
            try text(QuarantineEntry.example)
                == #"{"command":"change-email","signal":4,"since":"\#(since)","stream":"user-ada"}"#)
    }

    @Test func `are left out where there is none`() throws {
        #expect(try text(CommandResponse(id: "ada", version: 3)) == #"{"id":"ada","version":3}"#)
        #expect(try text(RebuildRequest()) == "{}")
        #expect(try JSON.decode(RebuildRequest.self, from: Array("{}".utf8)) == RebuildRequest())
        let lane = LaneReport(
            source: "a", partition: Partition(0), checkpoint: 0, head: 0, lag: 0, lagSeconds: 0, state: .catchingUp)
        let expected = """
            {"checkpoint":0,"head":0,"lag":0,"lagSeconds":0,"partition":0,"source":"a","state":"catching-up"}
            """
        #expect(try text(lane) == expected)
    }

    @Test func `of a domain go out with the bytes that they are stored with`() throws {
        let event = StoredEvent(
            position: 1, id: EventID(high: 1, low: 2), stream: StreamName(stored: "box-1"), version: 1, type: "put",
            schemaVersion: 1, occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 1),
            data: Array(#"{ "weight" : 1.50 }"#.utf8), metadata: Array("{}".utf8), hash: .genesis)
        let line = try text(EventResponse(event, of: Epoch(high: 0, low: 1)))
        #expect(line.hasPrefix(#"{"data":{ "weight" : 1.50 },"epoch":"00000000-0000-0000-0000-000000000001","id":"#))
        #expect(try JSON.decode(EventResponse.self, from: Array(line.utf8)).data.bytes == event.data)
    }

    @Test func `are the states that operators know`() {
        #expect(
            LaneStatus.State.allCases.map(\.rawValue) == [
                "unverified", "standby", "live", "catching-up", "failing", "stopped", "frozen",
            ])
        #expect(GenerationReport.Role.allCases.map(\.rawValue) == ["building", "serving", "previous", "damaged"])
        #expect(ComparisonResponse.State.allCases.map(\.rawValue) == ["running", "done", "failed"])
    }
}
