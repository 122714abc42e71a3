#!/bin/sh
# Gives every service its rights on the broker; safe to run again. Written by `make contracts` from the event catalogue.
#   KAFKA_ACLS="kafka-acls.sh --bootstrap-server kafka:9092 --command-config admin.properties" sh kafka-rights.sh
set -eu
$KAFKA_ACLS --add --allow-principal User:kafka-topics --operation Create --operation Describe --topic client-profile.client --topic client-profile.staff --topic client-profile.product --topic client-profile.dealing --topic interaction-log.interaction --topic interaction-log.follow_up --topic complaints.complaint --topic complaints.risk --topic channel-commission.channel --topic channel-commission.accrual --topic channel-commission.settlement --topic channel-commission.period
$KAFKA_ACLS --add --allow-principal User:channel-commission --operation Write --topic channel-commission.channel --topic channel-commission.accrual --topic channel-commission.settlement --topic channel-commission.period
$KAFKA_ACLS --add --allow-principal User:channel-commission --operation Read --topic client-profile.product --topic client-profile.dealing
$KAFKA_ACLS --add --allow-principal User:channel-commission --operation Read --resource-pattern-type prefixed --group channel-commission
$KAFKA_ACLS --add --allow-principal User:client-profile --operation Write --topic client-profile.client --topic client-profile.staff --topic client-profile.product --topic client-profile.dealing
$KAFKA_ACLS --add --allow-principal User:client-profile --operation Read --topic complaints.risk --topic channel-commission.channel --topic channel-commission.accrual
$KAFKA_ACLS --add --allow-principal User:client-profile --operation Read --resource-pattern-type prefixed --group client-profile
$KAFKA_ACLS --add --allow-principal User:complaints --operation Write --topic complaints.complaint --topic complaints.risk
$KAFKA_ACLS --add --allow-principal User:complaints --operation Read --topic client-profile.client --topic client-profile.staff --topic client-profile.dealing --topic interaction-log.interaction
$KAFKA_ACLS --add --allow-principal User:complaints --operation Read --resource-pattern-type prefixed --group complaints
$KAFKA_ACLS --add --allow-principal User:interaction-log --operation Write --topic interaction-log.interaction --topic interaction-log.follow_up
$KAFKA_ACLS --add --allow-principal User:interaction-log --operation Read --topic client-profile.client --topic client-profile.staff --topic client-profile.product --topic client-profile.dealing --topic interaction-log.interaction --topic interaction-log.follow_up --topic complaints.complaint --topic complaints.risk --topic channel-commission.channel --topic channel-commission.accrual --topic channel-commission.settlement --topic channel-commission.period
$KAFKA_ACLS --add --allow-principal User:interaction-log --operation Read --resource-pattern-type prefixed --group interaction-log
$KAFKA_ACLS --add --allow-principal User:ops-dashboard --operation Read --topic client-profile.client --topic client-profile.staff --topic client-profile.product --topic client-profile.dealing --topic interaction-log.interaction --topic interaction-log.follow_up --topic complaints.complaint --topic complaints.risk --topic channel-commission.channel --topic channel-commission.accrual --topic channel-commission.settlement --topic channel-commission.period
$KAFKA_ACLS --add --allow-principal User:ops-dashboard --operation Read --resource-pattern-type prefixed --group ops-dashboard
$KAFKA_ACLS --add --allow-principal User:ops-dashboard --operation Describe --group channel-commission --group client-profile --group complaints --group interaction-log --group ops-dashboard
