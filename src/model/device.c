#include "model/device.h"

const char *const device_presences[] = {"online", "offline", "long-offline", NULL};

const char *device_presence(int64_t last_ms, int64_t now_ms, int64_t online_ms)
{
	if (now_ms - last_ms < online_ms)
		return device_presences[0];
	return device_presences[now_ms - last_ms < DEVICE_LONG_OFFLINE_MS ? 1 : 2];
}
