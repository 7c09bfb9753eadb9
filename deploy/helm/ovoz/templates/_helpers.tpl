{{/* Labels of a component; called with (list . "api"). */}}
{{- define "ovoz.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: ovoz
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "ovoz.labels" -}}
{{- $root := index . 0 -}}
{{ include "ovoz.selector" . }}
app.kubernetes.io/version: {{ $root.Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{/* Of every pod. */}}
{{- define "ovoz.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Of every container. */}}
{{- define "ovoz.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "ovoz.settings" -}}
- {name: OVOZ_API_KEYS_FILE, value: /run/secrets/api_keys}
# All connections come from the ingress.
- {name: OVOZ_CONNECTIONS_PER_ADDRESS, value: "0"}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* The traffic log of what hears callers; three parts of a pod. */}}
{{- define "ovoz.traffic.env" -}}
{{- if .Values.drift.enabled }}
- {name: OVOZ_TRAFFIC_DIR, value: /var/lib/ovoz-traffic}
{{- end }}
{{- end }}

{{- define "ovoz.traffic.mount" -}}
{{- if .Values.drift.enabled }}
- {name: traffic, mountPath: /var/lib/ovoz-traffic}
{{- end }}
{{- end }}

{{- define "ovoz.traffic.volume" -}}
{{- if .Values.drift.enabled }}
- name: traffic
  persistentVolumeClaim: {claimName: {{ .Values.drift.claims.traffic }}}
{{- end }}
{{- end }}

{{- define "ovoz.mounts" -}}
- {name: scratch, mountPath: /tmp}
- {name: secret, mountPath: /run/secrets, readOnly: true}
{{- end }}

{{- define "ovoz.volumes" -}}
- name: scratch
  emptyDir: {sizeLimit: 4Gi}
- name: secret
  secret: {secretName: {{ .Values.secret }}, defaultMode: 0440}
{{- end }}

{{/* Probes of what serves, on port http. A start fetches a model: it may take five minutes. */}}
{{- define "ovoz.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
# Connections are refused from SIGTERM on: first everybody must know that this pod is going.
lifecycle:
  preStop:
    exec: {command: [sleep, "10"]}
{{- end }}

{{- define "ovoz.spread" -}}
{{- range $key, $unless := dict "topology.kubernetes.io/zone" "ScheduleAnyway" "kubernetes.io/hostname" "ScheduleAnyway" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: {{ $unless }}
  labelSelector:
    matchLabels:
      {{- include "ovoz.selector" $ | nindent 6 }}
{{- end }}
{{- end }}

{{/* One deployment of a model: (dict "root" . "component" "model" "id" … "replicas" …). */}}
{{- define "ovoz.model" -}}
{{- $root := .root }}
{{- $model := $root.Values.model }}
{{- $named := list $root .component }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $root.Release.Name }}-{{ .component }}
  labels:
    {{- include "ovoz.labels" $named | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  selector:
    matchLabels:
      {{- include "ovoz.selector" $named | nindent 6 }}
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  template:
    metadata:
      labels:
        {{- include "ovoz.labels" $named | nindent 8 }}
        ovoz/serves-model: "true"
    spec:
      {{- include "ovoz.pod" $root | nindent 6 }}
      terminationGracePeriodSeconds: {{ $root.Values.api.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        {{- include "ovoz.spread" $named | trim | nindent 8 }}
      {{- with $model.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $model.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: model
          image: {{ $root.Values.image.repository }}/asr-model:{{ $root.Values.image.tag }}{{ if eq $model.accelerator "cuda" }}-cuda{{ end }}
          {{- include "ovoz.container" $root | nindent 10 }}
          env:
            {{- include "ovoz.settings" $root | nindent 12 }}
            - {name: OVOZ_MODEL_ID, value: {{ .id | quote }}}
            - {name: MLFLOW_TRACKING_URI, value: {{ $model.trackingUri | quote }}}
            - {name: OVOZ_DEVICE, value: {{ $model.accelerator }}}
          ports:
            - {name: http, containerPort: 3000}
          {{- include "ovoz.probes" $root | nindent 10 }}
          resources:
            requests: {{- toYaml $model.resources.requests | nindent 14 }}
            limits:
              {{- toYaml $model.resources.limits | nindent 14 }}
              {{- if eq $model.accelerator "cuda" }}
              nvidia.com/gpu: 1
              {{- end }}
          volumeMounts:
            {{- include "ovoz.mounts" $root | nindent 12 }}
            - {name: models, mountPath: /var/lib/ovoz}
      volumes:
        {{- include "ovoz.volumes" $root | nindent 8 }}
        - name: models
          emptyDir: {sizeLimit: {{ $model.cache }}}
{{- end }}
