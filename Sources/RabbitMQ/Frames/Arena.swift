import CRabbitMQ

/// Memory for calls into librabbitmq: what it was given stays where it is until ``clear()``, or until the arena goes.
struct Arena: ~Copyable {
    private var block = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
    private var used = 0
    /// The allocations that did not fit in the block.
    private var large: [UnsafeMutableRawPointer] = []

    deinit {
        for allocation in large { allocation.deallocate() }
        block.deallocate()
    }

    /// Makes room for the next call.
    mutating func clear() {
        for allocation in large { allocation.deallocate() }
        large.removeAll(keepingCapacity: true)
        used = 0
    }

    private mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        guard let base = block.baseAddress, used + count <= block.count else {
            let allocation = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
            large.append(allocation)
            return allocation
        }
        defer { used += (count + 15) & ~15 }
        return base + used
    }

    private mutating func allocate<Value>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
        allocate(max(count, 1) * MemoryLayout<Value>.stride).bindMemory(to: type, capacity: max(count, 1))
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return amqp_bytes_t(len: 0, bytes: nil) }
        let copy = allocate(bytes.count)
        copy.copyMemory(from: source, byteCount: bytes.count)
        return amqp_bytes_t(len: bytes.count, bytes: copy)
    }

    mutating func bytes(_ bytes: [UInt8]) -> amqp_bytes_t { bytes.withUnsafeBytes { copy($0) } }

    mutating func string(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    mutating func table(_ table: FieldTable) -> amqp_table_t {
        guard !table.entries.isEmpty else { return amqp_table_t(num_entries: 0, entries: nil) }
        let copy = allocate(amqp_table_entry_t.self, table.entries.count)
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
            let copy = allocate(amqp_field_value_t.self, values.count)
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
