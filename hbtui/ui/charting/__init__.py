"""Drawing without a screen: scales, axes, averages and rasters of characters. Pure; float only as pixel geometry."""
