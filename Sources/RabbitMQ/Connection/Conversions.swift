import CRabbitMQ

extension String {
    /// Copies; bytes that are not UTF-8 are replaced.
    init(_ bytes: amqp_bytes_t) {
        self = String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension Message {
    /// Copies the properties of a header frame. The body is still to come.
    init(_ properties: amqp_basic_properties_t) {
        func has(_ flag: Int32) -> Bool { properties._flags & amqp_flags_t(UInt32(bitPattern: flag)) != 0 }
        self.init(
            body: [],
            contentType: has(AMQP_BASIC_CONTENT_TYPE_FLAG) ? String(properties.content_type) : nil,
            messageID: has(AMQP_BASIC_MESSAGE_ID_FLAG) ? String(properties.message_id) : nil,
            correlationID: has(AMQP_BASIC_CORRELATION_ID_FLAG) ? String(properties.correlation_id) : nil,
            replyTo: has(AMQP_BASIC_REPLY_TO_FLAG) ? String(properties.reply_to) : nil,
            expirationMilliseconds: has(AMQP_BASIC_EXPIRATION_FLAG) ? Int(String(properties.expiration)) : nil,
            timestamp: has(AMQP_BASIC_TIMESTAMP_FLAG) ? properties.timestamp : nil,
            isPersistent: has(AMQP_BASIC_DELIVERY_MODE_FLAG) && properties.delivery_mode == 2,
            headers: has(AMQP_BASIC_HEADERS_FLAG) ? FieldTable(properties.headers) : FieldTable())
    }
}

extension FieldTable {
    init(_ table: amqp_table_t, depth: Int = 0) {
        let entries = UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries))
        self.init(entries.map { Entry(name: String($0.key), value: FieldValue($0.value, depth: depth)) })
    }
}

extension FieldValue {
    /// How deeply tables and arrays may be nested; what is deeper is dropped. Whoever walks a value recurses.
    private static let depthLimit = 32

    init(_ field: amqp_field_value_t, depth: Int = 0) {
        let value = field.value
        guard depth < Self.depthLimit else {
            self = .null
            return
        }
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8: self = .string(String(value.bytes))
        case AMQP_FIELD_KIND_BYTES:
            self = .bytes(Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case AMQP_FIELD_KIND_BOOLEAN: self = .boolean(value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .integer(Int64(value.i8))
        case AMQP_FIELD_KIND_U8: self = .integer(Int64(value.u8))
        case AMQP_FIELD_KIND_I16: self = .integer(Int64(value.i16))
        case AMQP_FIELD_KIND_U16: self = .integer(Int64(value.u16))
        case AMQP_FIELD_KIND_I32: self = .integer(Int64(value.i32))
        case AMQP_FIELD_KIND_U32: self = .integer(Int64(value.u32))
        case AMQP_FIELD_KIND_I64: self = .integer(value.i64)
        case AMQP_FIELD_KIND_U64: self = .integer(Int64(clamping: value.u64))
        case AMQP_FIELD_KIND_F32: self = .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64: self = .double(value.f64)
        case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(value.u64)
        case AMQP_FIELD_KIND_TABLE: self = .table(FieldTable(value.table, depth: depth + 1))
        case AMQP_FIELD_KIND_ARRAY:
            let array = value.array
            let entries = UnsafeBufferPointer(start: array.entries, count: Int(array.num_entries))
            self = .array(entries.map { FieldValue($0, depth: depth + 1) })
        default: self = .null
        }
    }
}

/// Memory for one call into librabbitmq: what it was given stays where it is until the arena goes.
struct Arena: ~Copyable {
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit { for allocation in allocations { allocation.deallocate() } }

    mutating func bytes(_ bytes: some Collection<UInt8>) -> amqp_bytes_t {
        guard !bytes.isEmpty else { return amqp_bytes_t(len: 0, bytes: nil) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        if let base = copy.baseAddress { allocations.append(base) }
        return amqp_bytes_t(len: bytes.count, bytes: copy.baseAddress)
    }

    mutating func string(_ text: String) -> amqp_bytes_t { bytes(text.utf8) }

    mutating func table(_ table: FieldTable) -> amqp_table_t {
        guard !table.entries.isEmpty else { return amqp_table_t(num_entries: 0, entries: nil) }
        let copy = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: table.entries.count)
        allocations.append(UnsafeMutableRawPointer(copy))
        for (index, entry) in table.entries.enumerated() {
            let converted = amqp_table_entry_t(key: string(entry.name), value: field(entry.value))
            (copy + index).initialize(to: converted)
        }
        return amqp_table_t(num_entries: Int32(table.entries.count), entries: copy)
    }

    private mutating func field(_ value: FieldValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func kind(_ kind: amqp_field_value_kind_t) -> UInt8 { UInt8(truncatingIfNeeded: kind.rawValue) }
        switch value {
        case .string(let text): (field.kind, field.value.bytes) = (kind(AMQP_FIELD_KIND_UTF8), string(text))
        case .bytes(let data): (field.kind, field.value.bytes) = (kind(AMQP_FIELD_KIND_BYTES), bytes(data))
        case .integer(let number): (field.kind, field.value.i64) = (kind(AMQP_FIELD_KIND_I64), number)
        case .boolean(let flag): (field.kind, field.value.boolean) = (kind(AMQP_FIELD_KIND_BOOLEAN), flag ? 1 : 0)
        case .double(let number): (field.kind, field.value.f64) = (kind(AMQP_FIELD_KIND_F64), number)
        case .timestamp(let time): (field.kind, field.value.u64) = (kind(AMQP_FIELD_KIND_TIMESTAMP), time)
        case .table(let nested): (field.kind, field.value.table) = (kind(AMQP_FIELD_KIND_TABLE), table(nested))
        case .array(let values):
            let copy = UnsafeMutablePointer<amqp_field_value_t>.allocate(capacity: max(values.count, 1))
            allocations.append(UnsafeMutableRawPointer(copy))
            for (index, value) in values.enumerated() { (copy + index).initialize(to: self.field(value)) }
            field.kind = kind(AMQP_FIELD_KIND_ARRAY)
            field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: copy)
        case .null: field.kind = kind(AMQP_FIELD_KIND_VOID)
        }
        return field
    }

    mutating func properties(_ message: Message) -> amqp_basic_properties_t {
        var properties = amqp_basic_properties_t()
        var flags: Int32 = AMQP_BASIC_DELIVERY_MODE_FLAG
        properties.delivery_mode = message.isPersistent ? 2 : 1
        func set(_ text: String?, _ flag: Int32, _ field: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            properties[keyPath: field] = string(text)
            flags |= flag
        }
        set(message.contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, \.content_type)
        set(message.messageID, AMQP_BASIC_MESSAGE_ID_FLAG, \.message_id)
        set(message.correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, \.correlation_id)
        set(message.replyTo, AMQP_BASIC_REPLY_TO_FLAG, \.reply_to)
        set(message.expirationMilliseconds.map(String.init), AMQP_BASIC_EXPIRATION_FLAG, \.expiration)
        if let timestamp = message.timestamp {
            properties.timestamp = timestamp
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
        }
        if !message.headers.entries.isEmpty {
            properties.headers = table(message.headers)
            flags |= AMQP_BASIC_HEADERS_FLAG
        }
        properties._flags = amqp_flags_t(UInt32(bitPattern: flags))
        return properties
    }
}
