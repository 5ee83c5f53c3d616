mod file_storage;
mod stored_payloads;
