"""core/demand/grid."""
