"""What an ESP32 quarter monitor tells, without Home Assistant."""
